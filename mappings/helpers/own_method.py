"""Methods that arrays share with values of other libraries, where only the run shows which of them it is."""

import mlx.core as mx
import mlx.nn as nn

from .gather import gather
from .mode import mode
from .module_to import module_to
from .nonzero import nonzero
from .sort import argsort, sort
from .split import split
from .squeeze import squeeze
from .torch_functions import torch_add, torch_clamp
from .torch_reductions import (torch_argmax, torch_argmin, torch_cumprod, torch_cumsum, torch_max, torch_min, torch_norm, torch_prod,
                               torch_std, torch_var)
from .type_ import type_
from .unfold_dim import unfold_dim
from .unique import unique


def repeat_any(input, *repeats):
    """`x.repeat(2, 1)`: PyTorch's tiling of an array, else the value's own method."""
    if not isinstance(input, mx.array):
        return input.repeat(*repeats)
    return mx.tile(input, repeats[0] if len(repeats) == 1 and isinstance(repeats[0], (tuple, list)) else repeats)


def float_any(input):
    """`x.float()`: a cast of an array or of a module's parameters, else the value's own method."""
    if isinstance(input, nn.Module):
        return module_to(input, dtype=mx.float32)
    return input.astype(mx.float32) if isinstance(input, mx.array) else input.float()


def half_any(input):
    """`x.half()`: a cast of an array or of a module's parameters, else the value's own method."""
    if isinstance(input, nn.Module):
        return module_to(input, dtype=mx.float16)
    return input.astype(mx.float16) if isinstance(input, mx.array) else input.half()


def bfloat16_any(input):
    """`x.bfloat16()`: a cast of an array or of a module's parameters, else the value's own method."""
    if isinstance(input, nn.Module):
        return module_to(input, dtype=mx.bfloat16)
    return input.astype(mx.bfloat16) if isinstance(input, mx.array) else input.bfloat16()


def double_any(input):
    """`x.double()`: a cast of an array or of a module's parameters, else the value's own method."""
    if isinstance(input, nn.Module):
        return module_to(input, dtype=mx.float64)
    return input.astype(mx.float64) if isinstance(input, mx.array) else input.double()


def squeeze_any(input, *dim):
    """`x.squeeze(0)`: PyTorch's, which keeps a dimension of another size, for an array; else the value's own method."""
    return squeeze(input, *dim) if isinstance(input, mx.array) else input.squeeze(*dim)


def transpose_any(input, dim0, dim1):
    """`x.transpose(0, 1)`: swaps two dimensions of an array, else the value's own method."""
    return input.swapaxes(dim0, dim1) if isinstance(input, mx.array) else input.transpose(dim0, dim1)


def _torch_names(kwargs):
    """Keywords as the helpers have them: PyTorch's methods take NumPy's names, too."""
    names = {"axis": "dim", "keepdims": "keepdim", "split_size": "split_size_or_sections"}
    return {names.get(name, name): value for name, value in kwargs.items()}


def clip_any(input, *args, **kwargs):
    """`x.clip(0, 1)`: PyTorch's of an array, else the value's own method."""
    return torch_clamp(input, *args, **kwargs) if isinstance(input, mx.array) else input.clip(*args, **kwargs)


def argmax_any(input, *args, **kwargs):
    """`x.argmax(1)`: PyTorch's of an array, else the value's own method."""
    return torch_argmax(input, *args, **_torch_names(kwargs)) if isinstance(input, mx.array) else input.argmax(*args, **kwargs)


def argmin_any(input, *args, **kwargs):
    """`x.argmin(1)`: PyTorch's of an array, else the value's own method."""
    return torch_argmin(input, *args, **_torch_names(kwargs)) if isinstance(input, mx.array) else input.argmin(*args, **kwargs)


def max_method(input, *args, **kwargs):
    """`x.max(1)`: PyTorch's of an array, else the value's own method."""
    return torch_max(input, *args, **_torch_names(kwargs)) if isinstance(input, mx.array) else input.max(*args, **kwargs)


def min_method(input, *args, **kwargs):
    """`x.min(1)`: PyTorch's of an array, else the value's own method."""
    return torch_min(input, *args, **_torch_names(kwargs)) if isinstance(input, mx.array) else input.min(*args, **kwargs)


def std_any(input, *args, **kwargs):
    """`x.std()`: PyTorch's of an array, else the value's own method."""
    return torch_std(input, *args, **_torch_names(kwargs)) if isinstance(input, mx.array) else input.std(*args, **kwargs)


def var_any(input, *args, **kwargs):
    """`x.var(0)`: PyTorch's of an array, else the value's own method."""
    return torch_var(input, *args, **_torch_names(kwargs)) if isinstance(input, mx.array) else input.var(*args, **kwargs)


def norm_any(input, *args, **kwargs):
    """`x.norm()`: PyTorch's of an array, else the value's own method."""
    return torch_norm(input, *args, **_torch_names(kwargs)) if isinstance(input, mx.array) else input.norm(*args, **kwargs)


def sort_any(input, *args, **kwargs):
    """`x.sort(1)`: PyTorch's of an array, else the value's own method."""
    return sort(input, *args, **_torch_names(kwargs)) if isinstance(input, mx.array) else input.sort(*args, **kwargs)


def argsort_any(input, *args, **kwargs):
    """`x.argsort()`: PyTorch's of an array, else the value's own method."""
    return argsort(input, *args, **_torch_names(kwargs)) if isinstance(input, mx.array) else input.argsort(*args, **kwargs)


def unique_any(input, *args, **kwargs):
    """`x.unique()`: PyTorch's of an array, else the value's own method."""
    return unique(input, *args, **_torch_names(kwargs)) if isinstance(input, mx.array) else input.unique(*args, **kwargs)


def nonzero_any(input, *args, **kwargs):
    """`x.nonzero()`: PyTorch's of an array, else the value's own method."""
    return nonzero(input, *args, **kwargs) if isinstance(input, mx.array) else input.nonzero(*args, **kwargs)


def split_any(input, *args, **kwargs):
    """`x.split(2)`: PyTorch's of an array, else the value's own method."""
    return split(input, *args, **_torch_names(kwargs)) if isinstance(input, mx.array) else input.split(*args, **kwargs)


def type_any(input, *args, **kwargs):
    """`x.type(dtype)`: PyTorch's of an array, else the value's own method."""
    return type_(input, *args, **kwargs) if isinstance(input, mx.array) else input.type(*args, **kwargs)


def cumsum_any(input, *args, **kwargs):
    """`x.cumsum(1)`: PyTorch's running sums of an array, else the value's own method."""
    return torch_cumsum(input, *args, **_torch_names(kwargs)) if isinstance(input, mx.array) else input.cumsum(*args, **kwargs)


def cumprod_any(input, *args, **kwargs):
    """`x.cumprod(1)`: PyTorch's running products of an array, else the value's own method."""
    return torch_cumprod(input, *args, **_torch_names(kwargs)) if isinstance(input, mx.array) else input.cumprod(*args, **kwargs)


def prod_any(input, *args, **kwargs):
    """`x.prod()`: PyTorch's product of an array, else the value's own method."""
    return torch_prod(input, *args, **_torch_names(kwargs)) if isinstance(input, mx.array) else input.prod(*args, **kwargs)


def gather_any(input, *args, **kwargs):
    """`x.gather(1, index)`: PyTorch's of an array, else the value's own method."""
    return gather(input, *args, **_torch_names(kwargs)) if isinstance(input, mx.array) else input.gather(*args, **kwargs)


def unfold_any(input, *args, **kwargs):
    """`x.unfold(1, 2, 1)`: PyTorch's windows of an array, else the value's own method."""
    return unfold_dim(input, *args, **kwargs) if isinstance(input, mx.array) else input.unfold(*args, **kwargs)


def add_any(input, *args, **kwargs):
    """`x.add(y)` of an array, else the value's own method: of a set, it takes one more item in."""
    return torch_add(input, *args, **kwargs) if isinstance(input, mx.array) else input.add(*args, **kwargs)


def mode_any(input, *args, **kwargs):
    """`x.mode()` of an array, else the value's own method: of a distribution, its most likely value."""
    return mode(input, *args, **kwargs) if isinstance(input, mx.array) else input.mode(*args, **kwargs)
