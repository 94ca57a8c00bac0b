import mlx.core as mx
import numpy as np


def legacy_tensor(*args, dtype=mx.float32):
    """The tensor classes `torch.FloatTensor(...)`: sizes give a new array, zero where PyTorch leaves it uninitialised; data is copied.

    A tuple of integers is refused: PyTorch tells `torch.Size`, which is a shape, from a tuple, which is data. Here both are tuples.
    """
    if len(args) > 1 or all(isinstance(arg, (int, np.integer)) for arg in args):
        return mx.zeros([int(arg) for arg in args] or (0,), dtype)
    (data,) = args
    if isinstance(data, tuple) and data and all(isinstance(item, int) for item in data):
        raise TypeError("sizes or data? Write mx.zeros(shape) or mx.array(list(data)) instead")
    data = list(data) if isinstance(data, range) else data
    try:
        return mx.array(data, dtype)
    except ValueError:  # arrays and numbers of NumPy's inside of a list
        return mx.array(np.array(data), dtype)


class _LegacyClass(type):
    def __call__(cls, *args, device=None):
        return legacy_tensor(*args, dtype=cls.dtype)

    def __instancecheck__(cls, instance):
        return isinstance(instance, mx.array) and instance.dtype in (cls.dtype, getattr(cls, "narrower", cls.dtype))


class FloatTensor(metaclass=_LegacyClass):
    """A class that makes arrays of one dtype, and tells them: for where it travels as a value, as `Tensor = torch.FloatTensor` does."""

    dtype = mx.float32


class DoubleTensor(metaclass=_LegacyClass):
    """`torch.DoubleTensor`."""

    dtype = mx.float64


class HalfTensor(metaclass=_LegacyClass):
    """`torch.HalfTensor`."""

    dtype = mx.float16


class BFloat16Tensor(metaclass=_LegacyClass):
    """`torch.BFloat16Tensor`."""

    dtype = mx.bfloat16


class LongTensor(metaclass=_LegacyClass):
    """`torch.LongTensor`."""

    dtype = mx.int64
    narrower = mx.int32  # of which arrays are where PyTorch's integers are int64


class IntTensor(metaclass=_LegacyClass):
    """`torch.IntTensor`."""

    dtype = mx.int32


class ShortTensor(metaclass=_LegacyClass):
    """`torch.ShortTensor`."""

    dtype = mx.int16


class CharTensor(metaclass=_LegacyClass):
    """`torch.CharTensor`."""

    dtype = mx.int8


class ByteTensor(metaclass=_LegacyClass):
    """`torch.ByteTensor`."""

    dtype = mx.uint8


class BoolTensor(metaclass=_LegacyClass):
    """`torch.BoolTensor`."""

    dtype = mx.bool_
