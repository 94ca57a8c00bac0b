import mlx.core as mx

from .register_buffer import forget_array, keep_place, note_parameter, visible_name


def Parameter(data=None, requires_grad=True):
    """PyTorch's `nn.Parameter` as a value: an array of which it is noted that a module that gets it trains it.

    An array cannot carry `requires_grad=False`: `register_parameter` and `Module.freeze` can.
    """
    if not requires_grad:
        raise ValueError("use register_parameter(module, name, data, requires_grad=False)")
    if data is None:
        data = mx.zeros((0,))
    # An array is shared, as its memory is in PyTorch.
    return note_parameter(data if isinstance(data, mx.array) else mx.array(data))


def register_parameter(module, name, param, requires_grad=True):
    """PyTorch's `module.register_parameter`; with `requires_grad=False` the array starts frozen.

    It becomes trainable by `module.unfreeze()`, as `requires_grad_(True)` does in PyTorch.
    Where a plain tensor or a buffer stood, the parameter takes its place.
    """
    key = visible_name(module, name)
    forget_array(module, name, key)
    keep_place(module, key, param)
    if not requires_grad:
        module.freeze(keys=[key], recurse=False)
