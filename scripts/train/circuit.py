"""Starts a model with a soft form of the two heads that copy: one looks at the token before, one at what followed the current token.

What induction heads do and why they form late: Olsson et al., "In-context Learning and Induction Heads" (2022). Here they are only
the starting point; every weight goes on learning. It needs embeddings of about unit variance, so that a head of ordinary size can
tell which token stands where.
"""

import math

import torch

SHARED = 0  # the dimension in which all embeddings start alike: what a head reads that looks by position alone
LEVEL = 3.0


@torch.no_grad()
def plant(model, seed=1, before=60.0, match=2.5, carry=0.7, copy=1.0):
    """before: attention logit scale of the first head; match: of the second; carry, copy: how strongly they write."""
    c = model.config
    g = torch.Generator().manual_seed(seed)
    width, head = c.width, c.head
    model.embedding.weight[:, SHARED] = LEVEL
    rate = c.theta ** (-torch.arange(0, head, 2, dtype=torch.float64) / head)
    k0 = c.heads * head  # rows of the first K head
    v0 = k0 + c.kv_heads * head

    read = torch.randn(head, width, generator=g) / math.sqrt(width)
    read[:, SHARED] = 0
    write = torch.randn(width, head, generator=g) / math.sqrt(head)
    write[SHARED] = 0

    # Head 0 of the first block: query and key are constant, turned so that their product is largest one place back.
    first = model.blocks[0]
    first.qkv.weight[:head] = 0
    first.qkv.weight[k0 : k0 + head] = 0
    for i in range(4):
        size = math.sqrt(before) / LEVEL
        first.qkv.weight[2 * i, SHARED] = size * math.cos(-rate[i])
        first.qkv.weight[2 * i + 1, SHARED] = size * math.sin(-rate[i])
        first.qkv.weight[k0 + 2 * i, SHARED] = size
    first.qkv.weight[v0 : v0 + head] = read
    first.output.weight[:, :head] = carry * write

    # Head 0 of the second block: the query is the current token, the key the token before, both as the first head reads it;
    # in the slowly turning half of the pairs, so that distance matters little.
    second = model.blocks[1]
    slow = torch.zeros(head)
    slow[head // 2 :] = 1
    second.qkv.weight[:head] = match * slow[:, None] * read
    second.qkv.weight[k0 : k0 + head] = match / carry * slow[:, None] * write.T * head / width
    out = torch.randn(head, width, generator=g) / math.sqrt(width)
    out[:, SHARED] = 0
    second.qkv.weight[v0 : v0 + head] = out
    second.output.weight[:, :head] = copy * out.T * width / head
