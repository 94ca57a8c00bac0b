from .module_tree import _as_module, children, modules


def module_apply(module, fn):
    """PyTorch's `module.apply(fn)`: `fn` is called with every module, children first.

    `Module.apply` of MLX maps arrays instead.
    """
    for child in children(module):
        module_apply(child, fn)
    fn(module)
    return module


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
