"""Muon for the matrices, AdamW for the rest.

Muon (momentum, then the nearest orthogonal matrix by a few Newton-Schulz steps) learns what a question asks in fewer
tokens than AdamW did here, and on two cores tokens are what is scarce. Its weakness: blocks that grow by a fixed step come
to write far more into the residual stream than an embedding holds, and then no head can read which token stands where. So
embeddings start at unit variance (model.py), the step is half the usual one, and the decay is real.
"""

import contextlib

import torch


@torch.no_grad()
def orthogonal(matrices, steps=5):
    """Batch of equal-shaped matrices to their nearest semi-orthogonal ones, roughly."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = (matrices / (matrices.flatten(1).norm(dim=1)[:, None, None] + 1e-7)).bfloat16()
    turned = x.shape[1] > x.shape[2]
    if turned:
        x = x.transpose(1, 2)
    for _ in range(steps):
        square = x @ x.transpose(1, 2)
        x = a * x + (b * square + c * square @ square) @ x
    return (x.transpose(1, 2) if turned else x).float()


class Average:
    """The weights averaged over about the last 1 / (1 - decay) steps: what is scored and shipped.

    A step at a learning rate worth having moves the weights about as far as it improves them; their average has the
    improvement without most of the movement, and does not wait for the rate to come down.
    """

    def __init__(self, model, decay=0.995):
        self.model, self.decay = model, decay
        self.weights = {k: v.detach().clone() for k, v in model.state_dict().items()}

    @torch.no_grad()
    def step(self):
        for name, weight in self.model.state_dict().items():
            self.weights[name].lerp_(weight, 1 - self.decay)

    @contextlib.contextmanager
    def instead(self):
        """Inside, the model holds the average."""
        own = {k: v.clone() for k, v in self.model.state_dict().items()}
        self.model.load_state_dict(self.weights)
        try:
            yield
        finally:
            self.model.load_state_dict(own)


class Muon:
    """lr follows `scale`, which the schedule sets; weight decay is decoupled."""

    def __init__(self, model, team, lr=0.01, adam_lr=0.004, decay=0.1, momentum=0.95):
        self.team = team
        self.groups, others = {}, []
        for name, p in model.named_parameters():
            if p.ndim == 2 and "embedding" not in name:
                self.groups.setdefault(tuple(p.shape), []).append(p)
            else:
                others.append(p)
        self.lr, self.decay, self.momentum, self.scale = lr, decay, momentum, 1.0
        self.momenta = {shape: torch.zeros(len(ps), *shape, device=ps[0].device) for shape, ps in self.groups.items()}
        self.adam_lr = adam_lr
        self.adam = torch.optim.AdamW(others, lr=adam_lr, betas=(0.9, 0.98), eps=1e-9, weight_decay=0.0)

    def zero_grad(self):
        self.adam.zero_grad(set_to_none=True)
        for ps in self.groups.values():
            for p in ps:
                p.grad = None

    @torch.no_grad()
    def step(self):
        for group in self.adam.param_groups:
            group["lr"] = self.adam_lr * self.scale
        self.adam.step()
        for shape, ps in self.groups.items():
            grads = torch.stack([p.grad for p in ps])
            momentum = self.momenta[shape]
            momentum.lerp_(grads, 1 - self.momentum)
            update = torch.zeros_like(grads)
            mine = self.team.share(len(ps))  # each process turns its share of the matrices
            update[mine] = orthogonal(grads[mine].lerp(momentum[mine], self.momentum))
            self.team.total(update)
            lr = self.lr * self.scale * max(1.0, shape[0] / shape[1]) ** 0.5
            for p, u in zip(ps, update):
                p.mul_(1 - self.lr * self.scale * self.decay)
                p.add_(u, alpha=-lr)

    def state(self):
        return {"adam": self.adam.state_dict(), "momenta": {str(k): v for k, v in self.momenta.items()}}

    def load(self, state):
        self.adam.load_state_dict(state["adam"])
        for shape, v in self.momenta.items():
            v.copy_(state["momenta"][str(shape)])

