import functools

import mlx.core as mx
import mlx.nn as nn

from .bessel import kaiser_window
from .torch_functions import torch_amax, torch_amin, torch_mean, torch_sum
from .torch_reductions import torch_argmax, torch_argmin, torch_max, torch_min, torch_norm, torch_prod, torch_std, torch_var


def _window(shape, window_length, periodic=True, dtype=mx.float32, device=None, requires_grad=False):
    if window_length == 1:
        return mx.ones((1,), dtype)
    return (shape(window_length + 1)[:-1] if periodic else shape(window_length)).astype(dtype)


def _kaiser_window(window_length, periodic=True, beta=12.0, dtype=mx.float32, device=None, requires_grad=False):
    return kaiser_window(window_length, periodic, beta).astype(dtype)


def torch_function_named(name):
    """`getattr(torch, name)` of a window, of a reduction or of a function of single elements. Another function is refused: add it here, by the name that PyTorch gives it."""
    windows = {"hann_window": mx.hanning, "hamming_window": mx.hamming, "blackman_window": mx.blackman, "bartlett_window": mx.bartlett}
    functions = {
        "abs": mx.abs, "atan": mx.arctan, "cos": mx.cos, "erf": mx.erf, "exp": mx.exp, "expm1": mx.expm1, "log": mx.log, "log1p": mx.log1p, "relu": nn.relu,
        "rsqrt": mx.rsqrt, "sigmoid": mx.sigmoid, "sign": mx.sign, "sin": mx.sin, "sinh": mx.sinh, "sqrt": mx.sqrt, "square": mx.square, "tanh": mx.tanh,
    }
    reductions = {
        "amax": torch_amax, "amin": torch_amin, "argmax": torch_argmax, "argmin": torch_argmin, "max": torch_max, "mean": torch_mean, "min": torch_min,
        "norm": torch_norm, "prod": torch_prod, "std": torch_std, "sum": torch_sum, "var": torch_var,
    }
    if name == "kaiser_window":
        return _kaiser_window
    if name in windows:
        return functools.partial(_window, windows[name])
    found = functions.get(name) or reductions.get(name)
    if found is None:
        names = ", ".join([*windows, "kaiser_window", *functions, *reductions])
        raise NotImplementedError(f"torch.{name} is none of the functions that this port finds by name: {names}")
    return found


def tensor_method(input, name):
    """`getattr(x, name)` of an array: a reduction or a function of single elements, under PyTorch's name. Another method is refused."""
    return functools.partial(torch_function_named(name), input)
