from .activation_layers import (
    CELU,
    ELU,
    GELU,
    GLU,
    SELU,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    Mish,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
)
from .batch_norm2d import BatchNorm1d, BatchNorm2d, BatchNorm3d
from .group_norm_layer import GroupNorm
from .instance_norm2d import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from .layer_norm_layer import LayerNorm, RMSNorm
from .shape_layers import Identity


def layer_named(name):
    """`getattr(nn, name)` of an activation or a normalisation. Another layer is refused: add it here."""
    layers = (
        CELU, ELU, GELU, GLU, Hardsigmoid, Hardswish, Hardtanh, Identity, LeakyReLU, LogSigmoid, LogSoftmax, Mish, PReLU, ReLU, ReLU6,
        SELU, SiLU, Sigmoid, Softmax, Softplus, Softsign, Tanh, BatchNorm1d, BatchNorm2d, BatchNorm3d, GroupNorm, InstanceNorm1d,
        InstanceNorm2d, InstanceNorm3d, LayerNorm, RMSNorm,
    )
    for layer in layers:
        if layer.__name__ == name:
            return layer
    names = ", ".join(layer.__name__ for layer in layers)
    raise NotImplementedError(f"nn.{name} is none of the layers that this port finds by name: {names}")
