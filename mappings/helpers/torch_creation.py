"""Functions of `torch` that make tensors, as values. They take PyTorch's arguments; devices and `requires_grad` have no meaning here."""

import math
from fractions import Fraction

import mlx.core as mx
import numpy as np


def _shape(size):
    """``torch.zeros(2, 3)`` and ``torch.zeros((2, 3))``."""
    return tuple(size[0]) if len(size) == 1 and isinstance(size[0], (tuple, list)) else size


def _key(generator):
    return None if generator is None else generator.next_key()


def _numbers(data):
    """PyTorch takes a tensor in a list for its number, whatever axes it has; MLX stacks arrays."""
    if isinstance(data, mx.array):
        return data.reshape(())
    return type(data)(map(_numbers, data)) if type(data) in (list, tuple) else data


def _from_data(data, dtype):
    """MLX takes no list of NumPy's numbers or arrays: those give their own dtypes."""
    data = data if isinstance(data, mx.array) else _numbers(data)
    try:
        return mx.array(data, dtype=dtype)
    except ValueError:
        return mx.array(np.array(data), dtype=dtype)


def torch_tensor(data, *, dtype=None, device=None, requires_grad=False, pin_memory=False):
    """``torch.tensor`` of whatever data: no gradient flows through it."""
    return mx.stop_gradient(_from_data(data, dtype))


def torch_as_tensor(data, *, dtype=None, device=None):
    """``torch.as_tensor`` of whatever data."""
    return _from_data(data, dtype)


def torch_zeros(*size, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """``torch.zeros`` as a value."""
    return mx.zeros(_shape(size), dtype=dtype or mx.float32)


def torch_ones(*size, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """``torch.ones`` as a value."""
    return mx.ones(_shape(size), dtype=dtype or mx.float32)


def torch_full(size, fill_value, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """``torch.full`` as a value. An array gives its number alone: one of half precision fills with float32."""
    values = mx.full(size, fill_value)
    if dtype is None and mx.issubdtype(values.dtype, mx.floating):
        dtype = mx.float32
    return values if dtype is None else values.astype(dtype)


def torch_zeros_like(input, *, dtype=None, layout=None, device=None, requires_grad=False, memory_format=None):
    """``torch.zeros_like`` as a value."""
    return mx.zeros(input.shape, dtype=dtype or input.dtype)


def torch_ones_like(input, *, dtype=None, layout=None, device=None, requires_grad=False, memory_format=None):
    """``torch.ones_like`` as a value."""
    return mx.ones(input.shape, dtype=dtype or input.dtype)


def torch_full_like(input, fill_value, *, dtype=None, layout=None, device=None, requires_grad=False, memory_format=None):
    """``torch.full_like`` as a value."""
    return mx.full_like(input, fill_value, dtype=dtype)


def torch_fill(input, value):
    """``torch.fill``, with the gradient of what fills: that of `mx.full_like` is wrong."""
    return mx.broadcast_to(mx.array(value).astype(input.dtype), input.shape)


def torch_eye(n, m=None, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """``torch.eye`` as a value."""
    return mx.eye(n, m, dtype=dtype or mx.float32)


def torch_arange(start, end=None, step=1, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """``torch.arange``: each element is rounded once, where MLX adds step after step on a CPU.

    Where integers are asked for, the fractions of start and step are cut off, and the number of steps stays.
    """
    start, end = (0, start) if end is None else (start, end)
    if start == int(start) and step == int(step):
        steps = mx.arange(start, end, step)
        return steps if dtype is None else steps.astype(dtype)
    if dtype is None or mx.issubdtype(dtype, mx.inexact):
        return mx.array(np.arange(start, end, step), dtype=dtype or mx.float32)
    return (int(start) + mx.arange(math.ceil((end - start) / step)) * int(step)).astype(dtype)


def torch_linspace(start, end, steps, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """``torch.linspace``: each half is counted from its own end, and rounded once.

    MLX weighs both ends: last bits differ, and whole numbers are missed by them.
    """
    dtype, end = dtype or mx.float32, end if steps > 1 else start
    if mx.issubdtype(dtype, mx.integer):
        first, last = Fraction(int(start)), Fraction(int(end))
        step = Fraction(float(last - first) / max(steps - 1, 1))
        places = [first + step * k if k < steps // 2 else last - step * (steps - 1 - k) for k in range(steps)]
        return mx.array(np.array([int(float(place)) for place in places], np.int64), dtype=dtype)
    kind = np.float64 if dtype == mx.float64 else np.float32
    first, last = kind(start), kind(end)
    step, count = np.float64((last - first) / kind(max(steps - 1, 1))), np.arange(steps)
    values = np.where(count < steps // 2, first + step * count, last - step * (steps - 1 - count))
    return mx.array(values.astype(kind), dtype=dtype)


def torch_rand(*size, generator=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """``torch.rand`` as a value. Complex numbers have both parts from 0 to 1."""
    if dtype is not None and dtype == mx.complex64:
        parts = mx.random.uniform(shape=(2, *_shape(size)), key=_key(generator))
        return parts[0] + 1j * parts[1]
    return mx.random.uniform(shape=_shape(size), dtype=dtype or mx.float32, key=_key(generator))


def torch_randn(*size, generator=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """``torch.randn`` as a value."""
    return mx.random.normal(_shape(size), dtype=dtype or mx.float32, key=_key(generator))


def torch_rand_like(input, *, dtype=None, layout=None, device=None, requires_grad=False, memory_format=None):
    """``torch.rand_like`` as a value."""
    return mx.random.uniform(shape=input.shape, dtype=dtype or input.dtype)


def torch_randn_like(input, *, dtype=None, layout=None, device=None, requires_grad=False, memory_format=None):
    """``torch.randn_like`` as a value."""
    return mx.random.normal(input.shape, dtype=dtype or input.dtype)
