import mlx.core as mx
import mlx.nn as nn

from .activations import celu, elu, hardsigmoid, hardtanh, leaky_relu, selu
from .gelu import gelu
from .hardswish import hardswish
from .softmax import log_softmax, softmax
from .softplus import softplus


def function_named(name):
    """`getattr(F, name)` of an activation. Another function is refused: add it here, by the name that PyTorch gives it."""
    functions = {
        "relu": nn.relu, "relu6": nn.relu6, "leaky_relu": leaky_relu, "elu": elu, "celu": celu, "selu": selu,
        "gelu": gelu, "silu": nn.silu, "mish": nn.mish, "glu": nn.glu, "hardswish": hardswish, "hardsigmoid": hardsigmoid,
        "hardtanh": hardtanh, "sigmoid": mx.sigmoid, "logsigmoid": nn.log_sigmoid, "tanh": mx.tanh, "softplus": softplus,
        "softsign": nn.softsign, "softmax": softmax, "log_softmax": log_softmax,
    }
    if name not in functions:
        raise NotImplementedError(f"F.{name} is none of the functions that this port finds by name: {', '.join(functions)}")
    return functions[name]
