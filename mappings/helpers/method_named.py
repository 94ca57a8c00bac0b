import functools

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from .assign_ import assign_
from .chunk import chunk
from .expand import expand
from .median import median
from .module_to import module_to
from .narrow import narrow
from .own_object import moved, to_any
from .repeat_interleave import repeat_interleave
from .softmax import torch_softmax
from .sort import argsort, sort, topk
from .split import split
from .squeeze import squeeze
from .torch_function_named import torch_function_named
from .torch_functions import torch_clamp, torch_flatten, torch_index_select, torch_masked_fill, torch_unbind
from .torch_reductions import torch_all, torch_any, torch_cumprod, torch_cumsum, torch_logsumexp

_CASTS_BY_NAME = {
    "bfloat16": mx.bfloat16, "bool": mx.bool_, "double": mx.float64, "float": mx.float32, "half": mx.float16, "int": mx.int32, "long": mx.int64,
}
_UNMOVED_NAMES = ("contiguous", "cpu", "cuda", "mps", "npu", "pin_memory", "xpu")


def _sizes_of(sizes):
    return sizes[0] if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else sizes


def _stored_by_name(input, method):
    """The method with an underscore: what the other one gives stands in the array itself."""

    def store(*args, **kwargs):
        return assign_(input, method(*args, **kwargs))

    return store


def _divided(x, other, rounding_mode=None):
    quotient = x / other
    if rounding_mode is None:
        return quotient
    rounded = mx.floor(quotient) if rounding_mode == "floor" else mx.sign(quotient) * mx.floor(mx.abs(quotient))
    return rounded if mx.issubdtype(x.dtype, mx.floating) else rounded.astype(x.dtype)


def _flipped(x, *dims):
    for dim in _sizes_of(dims):
        x = mx.take(x, mx.arange(x.shape[dim] - 1, -1, -1), axis=dim)
    return x


_METHODS_BY_NAME = {
    "add": lambda x, other, alpha=1: x + other if alpha == 1 else x + alpha * other,
    "all": torch_all,
    "any": torch_any,
    "argsort": argsort,
    "chunk": chunk,
    "clamp": torch_clamp,
    "clip": torch_clamp,
    "clone": lambda x: mx.array(x),
    "copy": lambda x, other, non_blocking=False: mx.broadcast_to(other, x.shape),
    "cumprod": torch_cumprod,
    "cumsum": torch_cumsum,
    "detach": mx.stop_gradient,
    "dim": lambda x: x.ndim,
    "div": _divided,
    "eq": lambda x, other: x == other,
    "expand": lambda x, *size: expand(x, _sizes_of(size)),
    "fill": lambda x, value: mx.full(x.shape, value, x.dtype),
    "flatten": torch_flatten,
    "flip": _flipped,
    "ge": lambda x, other: x >= other,
    "gt": lambda x, other: x > other,
    "index_select": torch_index_select,
    "item": lambda x: x.item(),
    "le": lambda x, other: x <= other,
    "logsumexp": torch_logsumexp,
    "lt": lambda x, other: x < other,
    "masked_fill": torch_masked_fill,
    "matmul": lambda x, other: x @ other,
    "median": median,
    "mul": lambda x, other: x * other,
    "narrow": narrow,
    "neg": mx.negative,
    "ne": lambda x, other: x != other,
    "ndimension": lambda x: x.ndim,
    "new_ones": lambda x, *size, dtype=None, device=None: mx.ones(_sizes_of(size), dtype or x.dtype),
    "new_zeros": lambda x, *size, dtype=None, device=None: mx.zeros(_sizes_of(size), dtype or x.dtype),
    "nelement": lambda x: x.size,
    "numel": lambda x: x.size,
    "numpy": lambda x: np.array(x),
    "permute": lambda x, *dims: x.transpose(_sizes_of(dims)),
    "pow": lambda x, exponent: x**exponent,
    "repeat": lambda x, *repeats: mx.tile(x, _sizes_of(repeats)),
    "repeat_interleave": repeat_interleave,
    "reshape": lambda x, *shape: x.reshape(_sizes_of(shape)),
    "roll": lambda x, shifts, dims=None: mx.roll(x, shifts, dims),
    "size": lambda x, dim=None: x.shape if dim is None else x.shape[dim],
    "softmax": torch_softmax,
    "sort": sort,
    "split": split,
    "squeeze": squeeze,
    "sub": lambda x, other, alpha=1: x - other if alpha == 1 else x - alpha * other,
    "t": lambda x: x.T,
    "tolist": lambda x: x.tolist(),
    "topk": topk,
    "transpose": lambda x, dim0, dim1: x.swapaxes(dim0, dim1),
    "tril": lambda x, diagonal=0: mx.tril(x, diagonal),
    "triu": lambda x, diagonal=0: mx.triu(x, diagonal),
    "type_as": lambda x, other: x.astype(other.dtype),
    "unbind": torch_unbind,
    "unsqueeze": lambda x, dim: mx.expand_dims(x, dim),
    "view": lambda x, *shape: x.reshape(_sizes_of(shape)),
    "where": lambda x, condition, other: mx.where(condition, x, other),
    "zero": mx.zeros_like,
}


def method_named(input, name):
    """`getattr(x, name)` of a method: PyTorch's of an array or a module, else the value's own. A method of arrays that is not held here is refused: add it, by the name that PyTorch gives it."""
    if name == "to":
        return functools.partial(to_any, input)
    if name in _UNMOVED_NAMES:
        return functools.partial(moved, input, name)
    if not isinstance(input, mx.array):
        is_cast = isinstance(input, nn.Module) and name in _CASTS_BY_NAME and not hasattr(type(input), name)
        return functools.partial(module_to, input, _CASTS_BY_NAME[name]) if is_cast else getattr(input, name)
    if name in _CASTS_BY_NAME:
        return functools.partial(input.astype, _CASTS_BY_NAME[name])
    if name.endswith("_"):
        return _stored_by_name(input, method_named(input, name[:-1]))
    return functools.partial(_METHODS_BY_NAME[name] if name in _METHODS_BY_NAME else torch_function_named(name), input)


def method_caller(name, *args, **kwargs):
    """`operator.methodcaller(name, ...)` where the method is one of tensors."""
    return lambda input: method_named(input, name)(*args, **kwargs)
