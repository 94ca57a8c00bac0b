import mlx.core as mx
import mlx.nn as nn

from .module_apply import requires_grad_


def requires_grad_any(value, requires_grad=True):
    """`value.requires_grad_()`, where the value may be a module or an array: `mx.grad` is told with respect to what it differentiates."""
    if isinstance(value, (nn.Module, list)):
        return requires_grad_(value, requires_grad)
    if not isinstance(value, mx.array):
        return value.requires_grad_(requires_grad)
    if not requires_grad:
        raise NotImplementedError("an MLX array can't be excluded from gradients: freeze the module that holds it")
    return value
