"""Data-parallel training over processes of one thread each.

On CPUs this beats threads by far: matrices this small gain nothing from a second BLAS thread, but a second process with
a batch of its own doubles the throughput. With one process every call here is a no-op.
"""

import os

import torch
import torch.distributed as dist


class Team:
    def __init__(self, rank=0, size=1):
        self.rank, self.size = rank, size

    def mean(self, parameters):
        """Average the gradients of all ranks, in place."""
        if self.size == 1:
            return
        flat = torch.cat([p.grad.flatten() for p in parameters])
        dist.all_reduce(flat)
        flat /= self.size
        at = 0
        for p in parameters:
            p.grad.copy_(flat[at : at + p.numel()].view_as(p))
            at += p.numel()

    def total(self, tensor):
        if self.size > 1:
            dist.all_reduce(tensor)
        return tensor

    def share(self, count):
        """The slice of `count` things that is this rank's to compute."""
        return slice(count * self.rank // self.size, count * (self.rank + 1) // self.size)

    def agree(self, number):
        """Rank 0's number, for decisions that all must take alike (the clock's)."""
        if self.size == 1:
            return number
        value = torch.tensor([number], dtype=torch.float64)
        dist.broadcast(value, 0)
        return value.item()


def run(function, size, *arguments):
    """Call function(team, *arguments) in `size` processes (this one, if one)."""
    if size == 1:
        return function(Team(), *arguments)
    port = 20000 + os.getpid() % 20000
    torch.multiprocessing.spawn(_member, (function, size, port, arguments), nprocs=size)


def _member(rank, function, size, port, arguments):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    dist.init_process_group("gloo", rank=rank, world_size=size)
    try:
        function(Team(rank, size), *arguments)
    finally:
        dist.destroy_process_group()
