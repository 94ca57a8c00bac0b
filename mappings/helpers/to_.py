import mlx.core as mx
import mlx.nn as nn

_PYTHON_DTYPES = {bool: mx.bool_, int: mx.int64, float: mx.float64}


def to_(input, *args, dtype=None, copy=False, **ignored):
    """``input.to(...)`` where only the run shows whether an argument is a dtype, a tensor or a device.

    MLX arrays live in unified memory: devices, `non_blocking` and `memory_format` are dropped. Modules cast their floating parameters. Integers have no gradient.
    """
    for arg in args:
        if isinstance(arg, mx.Dtype):
            dtype = arg
        elif isinstance(arg, mx.array):
            dtype = arg.dtype
        elif isinstance(arg, type) and arg in _PYTHON_DTYPES:
            dtype = _PYTHON_DTYPES[arg]
    if isinstance(input, nn.Module):
        if dtype is not None:
            input.set_dtype(dtype)
        return input
    if dtype is not None and dtype != input.dtype:
        cast = input.astype(dtype)
        return cast if mx.issubdtype(dtype, mx.inexact) else mx.stop_gradient(cast)
    return mx.array(input) if copy else input
