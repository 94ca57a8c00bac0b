"""Functions of `torch` as values: passed on, kept in tables, wrapped by `partial`. They take PyTorch's arguments, where MLX's take others."""

import mlx.core as mx

from .complex_power import complex_power
from .pointwise import div_trunc, floor_divide
from .to_float import to_accumulate
from .torch_maximum import torch_maximum, torch_minimum


def torch_sum(input, dim=None, keepdim=False, *, dtype=None):
    """``torch.sum`` as a value: integers and booleans add up to int64."""
    if dtype is None and not mx.issubdtype(input.dtype, mx.inexact):
        dtype = mx.int64
    input = input if dtype is None else input.astype(dtype)
    dim = None if input.ndim == 0 or isinstance(dim, (tuple, list)) and not dim else dim  # no dimensions are all of them
    return mx.sum(input, axis=dim, keepdims=keepdim).astype(input.dtype)


def torch_mean(input, dim=None, keepdim=False, *, dtype=None):
    """``torch.mean``: float16, whose sums overflow, is averaged in float32."""
    input = input if dtype is None else input.astype(dtype)
    dim = None if input.ndim == 0 or isinstance(dim, (tuple, list)) and not dim else dim  # no dimensions are all of them
    return mx.mean(to_accumulate(input), axis=dim, keepdims=keepdim).astype(input.dtype)


def torch_amax(input, dim=(), keepdim=False):
    """``torch.amax`` as a value."""
    return mx.max(input, axis=None if dim == () else dim, keepdims=keepdim)


def torch_amin(input, dim=(), keepdim=False):
    """``torch.amin`` as a value."""
    return mx.min(input, axis=None if dim == () else dim, keepdims=keepdim)


def torch_cat(tensors, dim=0):
    """``torch.cat`` as a value."""
    return mx.concatenate(list(tensors), axis=dim)


def torch_stack(tensors, dim=0):
    """``torch.stack`` as a value."""
    return mx.stack(list(tensors), axis=dim)


def torch_add(input, other, *, alpha=1):
    """``torch.add`` as a value."""
    return input + (other if alpha == 1 else alpha * other)


def torch_sub(input, other, *, alpha=1):
    """``torch.sub`` as a value."""
    return input - (other if alpha == 1 else alpha * other)


def torch_pow(input, exponent):
    """``torch.pow``: 1 and -1 have negative powers among the integers, where MLX gives 0.

    A power of 0 has gradients as in PyTorch: that of ``x ** 0`` is 0, and so is that of the exponent. MLX's are NaN.
    """
    power = mx.power(input, exponent)
    if power.dtype == mx.complex64:
        return complex_power(input, exponent)
    if not isinstance(exponent, mx.array):
        return mx.ones_like(power) if exponent == 0 and mx.issubdtype(power.dtype, mx.inexact) else power
    if not mx.issubdtype(power.dtype, mx.inexact):
        is_unit = input * input == 1
        return mx.where((exponent < 0) & is_unit, mx.where(exponent % 2 == 0, 1, input), power).astype(power.dtype)
    if not isinstance(input, mx.array):
        return power
    is_zero = input == 0
    of_zero = mx.power(mx.where(is_zero & (exponent != 0), input, 1), mx.stop_gradient(exponent))
    return mx.where(is_zero, of_zero, mx.power(mx.where(is_zero, 1, input), exponent)).astype(power.dtype)


def torch_flatten(input, start_dim=0, end_dim=-1):
    """``torch.flatten`` as a value."""
    return mx.flatten(input, start_dim, end_dim)


def torch_div(input, other, *, rounding_mode=None):
    """``torch.div`` as a value."""
    if rounding_mode == "trunc":
        return div_trunc(input, other)
    return floor_divide(input, other) if rounding_mode == "floor" else input / other


def torch_clamp(input, min=None, max=None):
    """``torch.clamp`` as a value. Arrays have half of the gradient of elements that equal them; beside a number an array is a number."""
    if not all(bound is None or isinstance(bound, mx.array) for bound in (min, max)):
        return mx.clip(input, min, max)
    input = input if min is None else torch_maximum(input, min)
    return input if max is None else torch_minimum(input, max)


def torch_fmax(input, other):
    """``torch.fmax``: NaN loses. The gradient of equal elements goes to both."""
    return mx.where(mx.isnan(input), other, mx.where(mx.isnan(other), input, torch_maximum(input, other)))


def torch_fmin(input, other):
    """``torch.fmin``: NaN loses. The gradient of equal elements goes to both."""
    return mx.where(mx.isnan(input), other, mx.where(mx.isnan(other), input, torch_minimum(input, other)))


def torch_frac(input):
    """``torch.frac``: what stands behind the point."""
    return input - mx.trunc(input)


def torch_heaviside(input, values):
    """``torch.heaviside``"""
    return mx.where(input == 0, values, (input > 0).astype(input.dtype))


def torch_nansum(input, dim=None, keepdim=False, *, dtype=None):
    """``torch.nansum``: NaN counts as 0."""
    return torch_sum(mx.where(mx.isnan(input), 0, input), None if dim == () else dim, keepdim, dtype=dtype)


def torch_bernoulli(input, p=None, *, generator=None):
    """``torch.bernoulli``: ones with the given probabilities, in their dtype."""
    return mx.random.bernoulli(input if p is None else p, input.shape).astype(input.dtype)


def torch_lerp(input, end, weight):
    """``torch.lerp`` as a value."""
    return input + weight * (end - input)


def torch_round(input, *, decimals=0):
    """``torch.round``: scaled in float32, where `mx.round` overflows in half precision."""
    scale, wide = 10.0 ** abs(decimals), input.astype(mx.float32)
    rounded = mx.round(wide * scale) / scale if decimals > 0 else mx.round(wide / scale) * scale
    return rounded.astype(input.dtype)


def torch_einsum(equation, *operands):
    """``torch.einsum`` as a value: the operands one by one, or as one list."""
    listed = len(operands) == 1 and isinstance(operands[0], (list, tuple))
    return mx.einsum(equation, *(operands[0] if listed else operands))


def torch_transpose(input, dim0, dim1):
    """``torch.transpose`` as a value."""
    return input.swapaxes(dim0, dim1)


def torch_vstack(tensors):
    """``torch.vstack`` as a value."""
    return mx.concatenate([mx.atleast_2d(t) for t in tensors])


def torch_unbind(input, dim=0):
    """``torch.unbind`` as a value."""
    return tuple(mx.unstack(input, axis=dim))


def torch_tril(input, diagonal=0):
    """``torch.tril`` as a value."""
    return mx.tril(input, diagonal)


def torch_triu(input, diagonal=0):
    """``torch.triu`` as a value."""
    return mx.triu(input, diagonal)


def torch_index_select(input, dim, index):
    """``torch.index_select`` as a value."""
    return mx.take(input, index, axis=dim)


def torch_masked_fill(input, mask, value):
    """``torch.masked_fill`` as a value."""
    return mx.where(mask, mx.array(value).astype(input.dtype), input)


def torch_allclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """``torch.allclose`` as a value."""
    return mx.allclose(input, other, rtol=rtol, atol=atol, equal_nan=equal_nan).item()


def torch_equal(input, other):
    """``torch.equal`` as a value."""
    return mx.array_equal(input, other).item()


def torch_is_tensor(obj):
    """``torch.is_tensor`` as a value."""
    return isinstance(obj, mx.array)


def torch_numel(input):
    """``torch.numel`` as a value."""
    return input.size
