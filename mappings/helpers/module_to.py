import mlx.core as mx

from .module_tree import _hidden_buffers, modules


def module_to(module, *args, dtype=None, **kwargs):
    """PyTorch's `module.to`: casts floating parameters and buffers if a dtype is among the arguments, and returns the module."""
    for arg in args:
        dtype = arg if isinstance(arg, mx.Dtype) else arg.dtype if isinstance(arg, mx.array) else dtype
    if dtype is None:
        return module
    module.set_dtype(dtype)
    for layer in modules(module):
        for name in _hidden_buffers(layer):  # PyTorch casts no other attribute
            value = getattr(layer, name)
            if isinstance(value, mx.array) and mx.issubdtype(value.dtype, mx.floating):
                setattr(layer, name, value.astype(dtype))
    return module
