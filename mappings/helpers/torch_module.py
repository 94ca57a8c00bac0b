import abc

import mlx.nn as nn

from .made_class import _SameClass


class _TorchMeta(_SameClass, abc.ABCMeta):
    """Where PyTorch has one class, a port may have MLX's own and the one here that inherits it: `isinstance` takes both."""

    def __instancecheck__(cls, instance):
        return super().__instancecheck__(instance) or any(
            type(instance) is base and base.__module__.startswith("mlx.nn") and base is not nn.Module for base in cls.__bases__
        )

    def __subclasscheck__(cls, subclass):
        # The answers that `abc` remembers are by equal classes.
        return type.__subclasscheck__(cls, subclass)


class _TorchModule(nn.Module, metaclass=_TorchMeta):
    """Base of the layers here: a module is true and compares by identity, as in PyTorch.

    An MLX module is a dict, so one without arrays is false, and `==` compares contents.
    """

    def __bool__(self):
        return True

    __eq__ = object.__eq__
    __ne__ = object.__ne__
    __hash__ = object.__hash__
