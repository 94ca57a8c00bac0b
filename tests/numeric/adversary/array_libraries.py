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


# run [float(v) if v.ndim == 0 else v.tolist() for v in map(np.asarray, counted(np.arange(6.0).reshape(2, 3), np))]
# run [float(v) for v in summed(np.arange(6.0), np)]
# run float(made(np.arange(6.0), np))
# run [float(v) for v in chosen(np.arange(6.0))]
# run by_axis(x, d) | x=f32[2,3] | d=[1]
