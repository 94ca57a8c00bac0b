"""Functions of a library of arrays that is in a name: their first argument is an array, and no axis."""
from types import ModuleType

import numpy as np
import torch


def counted(x, xp):
    return xp.sum(x), xp.any(x > 0), xp.max(x), xp.prod(x, axis=0)


def summed(x, lib: ModuleType):
    return lib.sum(x), lib.min(x)


def made(x, lib):
    return lib.mean(lib.asarray(x))


def chosen(x):
    lib: ModuleType = np
    return lib.any(x), lib.sum(x), lib.std(x)


def by_axis(x, dims):
    # No library: a tensor, and its axes.
    return x.sum(dims), x.sum(dims, keepdim=True)


def gathered(kept, names):
    # What a tensor would give is lost: this is a set.
    for name in names:
        kept.add(name)
    return sorted(kept)


class Scaled:
    def norm(self, x):
        return x * 2

    def add(self, x):
        return x + 3


def more(value, x):
    return value.add(x)


def by_own_method(layers, x: torch.Tensor):
    # No tensor has a norm of another one's order.
    return layers.norm(x), layers.add(x)


# run [float(v) if v.ndim == 0 else v.tolist() for v in map(np.asarray, counted(np.arange(6.0).reshape(2, 3), np))]
# run [float(v) for v in summed(np.arange(6.0), np)]
# run float(made(np.arange(6.0), np))
# run [float(v) for v in chosen(np.arange(6.0))]
# run by_axis(x, d) | x=f32[2,3] | d=[1]
# run gathered(set(["a"]), ["b", "a"])
# run by_own_method(Scaled(), x) | x=f32[2,3]
# run [more(x, 2), more(Scaled(), x)] | x=f32[2,3]
