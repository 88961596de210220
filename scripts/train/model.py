"""A Llama as GGUF's architecture `llama` computes it: RMSNorm, rotary positions, grouped queries, SwiGLU, tied embeddings.

Rotary pairs are neighbours (2i, 2i+1), which is what llama.cpp computes for this architecture, so Q and K are
exported as they are (the permutation of other exporters only undoes a half-split layout).
"""

import math
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass
class Config:
    """Sizes; the widths are multiples of 32, the block of Q8_0."""

    vocabulary: int = 1536
    width: int = 192
    layers: int = 6
    heads: int = 6
    kv_heads: int = 3
    hidden: int = 512
    context: int = 2048
    epsilon: float = 1e-5
    theta: float = 10000.0

    @property
    def head(self):
        return self.width // self.heads

    def dict(self):
        return asdict(self)


class RMSNorm(nn.Module):
    def __init__(self, width, epsilon):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon) * self.weight


def rotary(config, length, device=None):
    """Cosines and sines by position; kept out of the weights."""
    rate = config.theta ** (-torch.arange(0, config.head, 2, dtype=torch.float64) / config.head)
    angle = torch.outer(torch.arange(length, dtype=torch.float64), rate)
    return angle.cos().float().to(device), angle.sin().float().to(device)


def rotate(x, cos, sin):
    """Turn each pair of neighbours of x (batch, time, head, dim) by its position's angle."""
    pairs = x.float().view(*x.shape[:-1], -1, 2)
    a, b = pairs[..., 0], pairs[..., 1]
    cos, sin = cos[:, None], sin[:, None]
    return torch.stack((a * cos - b * sin, a * sin + b * cos), -1).flatten(-2).to(x.dtype)


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        c = config
        self.attention_norm = RMSNorm(c.width, c.epsilon)
        # One product for Q, K and V, one for gate and up: fewer, larger products; the export splits them.
        self.qkv = nn.Linear(c.width, (c.heads + 2 * c.kv_heads) * c.head, bias=False)
        self.output = nn.Linear(c.heads * c.head, c.width, bias=False)
        self.feed_norm = RMSNorm(c.width, c.epsilon)
        self.gate_up = nn.Linear(c.width, 2 * c.hidden, bias=False)
        self.down = nn.Linear(c.hidden, c.width, bias=False)

    def forward(self, x, cos, sin, mask, cache=None):
        c, (b, t, _) = self.config, x.shape
        q, k, v = self.qkv(self.attention_norm(x)).split([c.heads * c.head, c.kv_heads * c.head, c.kv_heads * c.head], -1)
        q = rotate(q.view(b, t, c.heads, c.head), cos, sin)
        k = rotate(k.view(b, t, c.kv_heads, c.head), cos, sin)
        v = v.view(b, t, c.kv_heads, c.head)
        if cache is not None:
            if cache:
                k, v = torch.cat((cache[0], k), 1), torch.cat((cache[1], v), 1)
            cache[:] = [k, v]
        group = c.heads // c.kv_heads
        # (batch, kv head, group * time, dim): the queries of a group share their keys without copying them.
        q = q.view(b, t, c.kv_heads, group, c.head).permute(0, 2, 3, 1, 4).reshape(b * c.kv_heads, group * t, c.head)
        k = k.permute(0, 2, 3, 1).reshape(b * c.kv_heads, c.head, -1)
        v = v.permute(0, 2, 1, 3).reshape(b * c.kv_heads, -1, c.head)
        scores = torch.bmm(q, k).mul_(1 / math.sqrt(c.head)).view(b, c.kv_heads, group, t, -1)
        if mask is not None:
            scores = scores + mask
        weights = scores.softmax(-1).to(v.dtype).view(b * c.kv_heads, group * t, -1)
        mixed = torch.bmm(weights, v).view(b, c.kv_heads, group, t, c.head).permute(0, 3, 1, 2, 4).reshape(b, t, -1)
        x = x + self.output(mixed)
        gate, up = self.gate_up(self.feed_norm(x)).chunk(2, -1)
        return x + self.down(F.silu(gate) * up)


class Llama(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = RMSNorm(config.width, config.epsilon)
        self.start()

    def start(self):
        """Fan-in scaled start; what feeds the residual stream starts smaller with depth, and embeddings outweigh it."""
        c = self.config
        nn.init.normal_(self.embedding.weight)
        nn.init.constant_(self.norm.weight, 0.03)  # embeddings are the output too: logits start near zero
        for block in self.blocks:
            for linear in (block.qkv, block.gate_up):
                nn.init.normal_(linear.weight, std=1 / math.sqrt(c.width))
            nn.init.normal_(block.output.weight, std=0.5 / math.sqrt(c.width * 2 * c.layers))
            nn.init.normal_(block.down.weight, std=0.5 / math.sqrt(c.hidden * 2 * c.layers))

    def hidden(self, ids, caches=None, start=0):
        """Normed states of the last block. caches: one list per block, filled and extended in place."""
        t = ids.shape[1]
        cos, sin = rotary(self.config, start + t, ids.device)
        x = self.embedding(ids)
        mask = None
        if t > 1:
            mask = torch.full((t, start + t), float("-inf"), device=ids.device, dtype=torch.float32).triu(start + 1)
        for i, block in enumerate(self.blocks):
            x = block(x, cos[start:], sin[start:], mask, None if caches is None else caches[i])
        return self.norm(x)

    def forward(self, ids):
        return self.logits(self.hidden(ids))

    def logits(self, hidden):
        return F.linear(hidden, self.embedding.weight).float()

    def parameters_count(self):
        return sum(p.numel() for p in self.parameters())

    @torch.no_grad()
    def greedy(self, prompts, stop, limit=160):
        """Greedy completions of a list of prompts; prompts of one length run together."""
        outputs = [None] * len(prompts)
        by_length = {}
        for i, prompt in enumerate(prompts):
            by_length.setdefault(len(prompt), []).append(i)
        device = self.embedding.weight.device
        for length, members in by_length.items():
            for chunk in (members[i : i + 256] for i in range(0, len(members), 256)):
                rows, alive = [[] for _ in chunk], list(range(len(chunk)))
                caches = [[] for _ in self.blocks]
                ids = torch.tensor([prompts[i] for i in chunk], device=device)
                at = 0
                while alive and len(rows[alive[0]]) < limit:
                    last = self.logits(self.hidden(ids, caches, at)[:, -1]).argmax(-1)
                    at += ids.shape[1]
                    tokens = last.tolist()
                    keep = []
                    for j, (row, token) in enumerate(zip(alive, tokens)):
                        if token != stop:
                            rows[row].append(token)
                            keep.append(j)
                    if len(keep) < len(alive):  # finished rows leave, so that the last ones do not pay for them
                        alive = [alive[j] for j in keep]
                        index = torch.tensor(keep, device=device, dtype=torch.long)
                        caches = [[k[index], v[index]] for k, v in caches]
                        last = last[index]
                    ids = last[:, None]
                for row, i in zip(rows, chunk):
                    outputs[i] = row
        return outputs


def deepened(state, model):
    """The weights of a model with as many or fewer blocks, with new ones spread between its own that change nothing yet.

    A new block's attention and feed-forward end in zeros, so the deeper model starts with the very outputs of the other
    (Chen, Goodfellow, Shlens: Net2Net, 2016).
    """
    blocks, had = len(model.blocks), 1 + max(int(name.split(".")[1]) for name in state if name.startswith("blocks."))
    if blocks == had:
        return state
    more = blocks - had
    new = {round((i + 1) * blocks / (more + 1)) - (more - 1 - i > 0) for i in range(more)}
    old = [i for i in range(blocks) if i not in new]
    out = {name: t for name, t in model.state_dict().items()}
    for name, t in state.items():
        parts = name.split(".")
        out[f"blocks.{old[int(parts[1])]}.{'.'.join(parts[2:])}" if parts[0] == "blocks" else name] = t
    for i in new:
        for last in ("output", "down"):
            out[f"blocks.{i}.{last}.weight"] = torch.zeros_like(out[f"blocks.{i}.{last}.weight"])
    return out
