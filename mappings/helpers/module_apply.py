import mlx.nn as nn

from .module_tree import _as_module, children, modules


def module_apply(module, fn):
    """PyTorch's `module.apply(fn)`: `fn` is called with every module, children first.

    `Module.apply` of MLX maps arrays instead.
    """
    for child in children(module):
        module_apply(child, fn)
    fn(module)
    return module


def apply_any(value, fn):
    """`value.apply(fn)` where `value` may be a module, or something else that has an `apply`, such as a table."""
    return module_apply(value, fn) if isinstance(value, (nn.Module, list)) else value.apply(fn)


def unfreeze(module):
    """`module.unfreeze()` that leaves the statistics of `nn.BatchNorm` frozen."""
    module.unfreeze()
    for layer in modules(module):
        layer._no_grad.update(name for name in ("running_mean", "running_var") if name in layer)
    return module


def requires_grad_(module, requires_grad=True):
    """PyTorch's `module.requires_grad_`: train all parameters of the module, or none."""
    trained = _as_module(module)
    unfreeze(trained) if requires_grad else trained.freeze()
    return module
