"""What a class of the project does under the name of a method that comes to nothing for arrays."""

import mlx.core as mx
import mlx.nn as nn

from .to_ import to_


def _method_of_object(input, name):
    """The method of a class of the project, be it a module's; `None` where there is one memory and nothing to do."""
    if isinstance(input, mx.array):
        return None
    return getattr(input, name) if hasattr(type(input), name) or not isinstance(input, nn.Module) and hasattr(input, name) else None


def moved(input, name, *args, **kwargs):
    """`x.cuda()`, `x.contiguous()`: nothing for an array or a module, else the value's own method."""
    own = _method_of_object(input, name)
    return input if own is None else own(*args, **kwargs)


def to_any(input, *args, **kwargs):
    """`x.to(device)`: nothing for an array or a module, unless a dtype is among the arguments; else the value's own method."""
    own = _method_of_object(input, "to")
    return to_(input, *args, **kwargs) if own is None else own(*args, **kwargs)
