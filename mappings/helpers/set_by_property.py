import mlx.nn as nn


def set_by_property(module, name, value):
    """``module.name = value`` through the setter of a property, if it has one: MLX's modules keep arrays, lists and dictionaries as their items."""
    setter = getattr(getattr(type(module), name, None), "fset", None)
    if setter is not None and not isinstance(value, nn.Module):
        setter(module, value)
        return
    own = (vars(cls).get("__setattr__") for cls in type(module).__mro__)
    next(method for method in own if method not in (None, set_by_property))(module, name, value)
