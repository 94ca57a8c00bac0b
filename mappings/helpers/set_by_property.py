import mlx.nn as nn


class set_by_property:
    """`__setattr__` of a module class whose properties have setters: they are asked first. MLX's modules keep arrays, lists and dictionaries as items."""

    def __set_name__(self, owner, name):
        def __setattr__(module, name, value):
            setter = getattr(getattr(type(module), name, None), "fset", None)
            if setter is not None and not isinstance(value, nn.Module):
                setter(module, value)
            else:
                super(owner, module).__setattr__(name, value)

        setattr(owner, name, __setattr__)
