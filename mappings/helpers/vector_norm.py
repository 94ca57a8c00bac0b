import math

import mlx.core as mx

from .to_float import to_accumulate, to_float


def _guarded_root(total, ord):
    """The root with gradient 0 at 0, as PyTorch defines it; the plain root's is infinite."""
    zero = total == 0
    safe = mx.where(zero, 1, total)
    return mx.where(zero, 0, mx.sqrt(safe) if ord == 2 else mx.power(safe, 1.0 / ord)).astype(total.dtype)


def vector_norm(input, ord=2, dim=None, keepdim=False, dtype=None):
    """``torch.linalg.vector_norm``, and ``torch.norm`` with a number: the norm of the elements over `dim`, also for matrices.

    "fro" is 2, "nuc" the sum of the singular values. float16 and bfloat16 are accumulated in float32.
    """
    input = to_float(input if dtype is None else input.astype(dtype))
    dim = tuple(dim) if isinstance(dim, list) else dim
    if ord == "nuc":
        return mx.linalg.norm(input, ord="nuc", axis=list((-2, -1) if dim is None else dim), keepdims=keepdim, stream=mx.cpu)
    ord = 2 if ord is None or ord == "fro" else ord
    size = to_accumulate(mx.abs(input))
    reduce = {"axis": None if dim == () else dim, "keepdims": keepdim}
    if ord == math.inf:
        norm = mx.max(size, **reduce)
    elif ord == -math.inf:
        norm = mx.min(size, **reduce)
    elif ord == 0:
        norm = mx.sum((size != 0).astype(size.dtype), **reduce)
    elif ord == 1:
        norm = mx.sum(size, **reduce)
    elif ord == 2:
        norm = _guarded_root(mx.sum(size * size, **reduce), 2)
    else:
        norm = _guarded_root(mx.sum(mx.power(size, ord), **reduce), ord)
    return norm.astype(mx.abs(input).dtype)


def norm_except_dim(v, pow=2, dim=0):
    """``torch.norm_except_dim``: the norm over every dimension but `dim`, with the dimensions kept; -1 is the norm of all."""
    if dim == -1:
        return vector_norm(v, pow)
    others = tuple(k for k in range(v.ndim) if k != dim % v.ndim)
    return vector_norm(v, pow, others, True) if others else vector_norm(v[..., None], pow, (-1,))
