"""Reductions of `torch` as values: passed on, kept in tables, wrapped by `partial`. They take PyTorch's arguments, where MLX's take others."""

import itertools
import math
import operator
from typing import NamedTuple

import mlx.core as mx

from .max_any import max_any, min_any
from .to_float import to_accumulate, to_float
from .torch_functions import torch_mean
from .vector_norm import _guarded_root, vector_norm


def torch_max(input, dim=None, keepdim=None, *, other=None):
    """``torch.max`` as a value: of all, along a dimension as the pair (values, indices), or of two tensors."""
    second = dim if other is None else other
    return mx.max(input) if second is None else max_any(input, second, keepdim)


def torch_min(input, dim=None, keepdim=None, *, other=None):
    """``torch.min`` as a value: of all, along a dimension as the pair (values, indices), or of two tensors."""
    second = dim if other is None else other
    return mx.min(input) if second is None else min_any(input, second, keepdim)


def _widened(input, dtype):
    """Integers and booleans add up and multiply to int64, where no dtype is asked for."""
    if dtype is None:
        return input if mx.issubdtype(input.dtype, mx.inexact) else input.astype(mx.int64)
    return input.astype(dtype)


class _MinMax(NamedTuple):
    min: mx.array
    max: mx.array


def torch_aminmax(input, *, dim=None, keepdim=False):
    """``torch.aminmax`` as a value, or of what is computed once."""
    return _MinMax(mx.min(input, axis=dim, keepdims=keepdim), mx.max(input, axis=dim, keepdims=keepdim))


def torch_prod(input, dim=None, keepdim=False, *, dtype=None):
    """``torch.prod`` as a value."""
    input = _widened(input, dtype)
    return mx.prod(input, axis=dim, keepdims=keepdim).astype(input.dtype)


def torch_all(input, dim=None, keepdim=False):
    """``torch.all`` as a value."""
    return mx.all(input, axis=dim, keepdims=keepdim)


def torch_any(input, dim=None, keepdim=False):
    """``torch.any`` as a value."""
    return mx.any(input, axis=dim, keepdims=keepdim)


def _arg_extreme(arg, input, dim, keepdim):
    if input.size == 0 and dim is not None and input.shape[dim]:  # MLX refuses, PyTorch gives as empty a result
        return mx.sum(input, axis=dim, keepdims=keepdim).astype(mx.int64)
    return mx.stop_gradient(arg(input, axis=dim, keepdims=keepdim)).astype(mx.int64)


def torch_argmax(input, dim=None, keepdim=False):
    """``torch.argmax`` as a value."""
    return _arg_extreme(mx.argmax, input, dim, keepdim)


def torch_argmin(input, dim=None, keepdim=False):
    """``torch.argmin`` as a value."""
    return _arg_extreme(mx.argmin, input, dim, keepdim)


def _degrees(dim, unbiased, correction):
    """The dimension and what is taken off the count: ``torch.var(x, False)`` says `unbiased` in the place of `dim`."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if isinstance(dim, (tuple, list)) and not dim:
        dim = None  # no dimensions are all of them
    return dim, int(unbiased) if correction is None else correction


def torch_var(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    """``torch.var``: float16, whose sums overflow, is added up in float32."""
    dim, ddof = _degrees(dim, unbiased, correction)
    return mx.var(to_accumulate(input), axis=dim, keepdims=keepdim, ddof=ddof).astype(input.dtype)


def torch_std(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    """``torch.std``, as `torch_var`, with gradient 0 where all are equal."""
    dim, ddof = _degrees(dim, unbiased, correction)
    return _guarded_root(mx.var(to_accumulate(input), axis=dim, keepdims=keepdim, ddof=ddof), 2).astype(input.dtype)


def var_mean(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    """``torch.var_mean``: the pair (variance, mean)."""
    return torch_var(input, dim, unbiased, keepdim, correction=correction), torch_mean(input, dim, keepdim)


def std_mean(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    """``torch.std_mean``: the pair (standard deviation, mean)."""
    return torch_std(input, dim, unbiased, keepdim, correction=correction), torch_mean(input, dim, keepdim)


def torch_logsumexp(input, dim, keepdim=False):
    """``torch.logsumexp``: where all are -inf the gradient is 0; that of MLX is NaN."""
    input = to_float(input)
    dim = None if isinstance(dim, (tuple, list)) and not dim else dim
    if input.size == 0:  # MLX refuses
        return mx.log(mx.sum(input, axis=dim, keepdims=keepdim))
    empty = mx.all(input == -math.inf, axis=dim, keepdims=True)
    total = mx.where(empty, -math.inf, mx.logsumexp(mx.where(empty, 0, input), axis=dim, keepdims=True))
    return total if keepdim else mx.squeeze(total, axis=dim)


def torch_norm(input, p="fro", dim=None, keepdim=False, dtype=None):
    """``torch.norm`` as a value: a number, or the Frobenius norm."""
    if isinstance(p, str) and p != "fro":
        raise NotImplementedError(f"torch.norm with p={p!r}: use torch.linalg.norm")
    return vector_norm(input, 2 if p is None else p, dim=dim, keepdim=keepdim, dtype=dtype)


def torch_cumsum(input, dim, *, dtype=None):
    """``torch.cumsum``: half precision is added up in float32."""
    input = _widened(input, dtype)
    return mx.cumsum(to_accumulate(input), axis=dim).astype(input.dtype)


def torch_logcumsumexp(input, dim):
    """``torch.logcumsumexp``: half precision is added up in float32."""
    return mx.logcumsumexp(to_accumulate(input), axis=dim).astype(input.dtype)


def torch_cumprod(input, dim, *, dtype=None):
    """``torch.cumprod``: half precision is multiplied in float32. MLX's gradient of complex numbers is that of the conjugate."""
    input = _widened(input, dtype)
    if input.dtype == mx.complex64:
        parts = mx.split(input, input.shape[dim], axis=dim)
        return mx.concatenate(list(itertools.accumulate(parts, operator.mul)), axis=dim)
    return mx.cumprod(to_accumulate(input), axis=dim).astype(input.dtype)
