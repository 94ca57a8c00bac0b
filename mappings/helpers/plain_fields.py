import mlx.nn as nn

from .register_buffer import holds_arrays, is_made_parameter, plain_attribute
from .set_by_name import holder_of
from .tie_weights import _tie


def plain_fields(*names, tied=False):
    """For a module whose constructor `@dataclass` generates: of these fields, tensors that are no parameters are neither trained nor saved.

    With `tied`, a parameter of another module is one under two names.
    """

    def decorate(cls):
        init = cls.__init__

        def __init__(self, *args, **kwargs):
            init(self, *args, **kwargs)
            for name in names:
                value = dict.get(self, name)
                if not holds_arrays(value) or isinstance(value, nn.Module):
                    continue
                held = holder_of(value, self) if tied else None
                if held is not None:
                    _tie(self, name, *held)
                elif not is_made_parameter(value):
                    plain_attribute(self, name, value)

        # MLX stores no array beside an attribute of the class, and reads that one first.
        for name in names:
            if name in cls.__dict__:
                setattr(cls, name, _Default(name, cls.__dict__[name]))
        __init__.__wrapped__ = init
        cls.__init__ = __init__
        return cls

    return decorate


class _Default:
    """What a field of a class is where the object has no value of its own."""

    def __init__(self, name, value):
        self.name, self.value = name, value

    def __get__(self, module, cls=None):
        if module is None:
            return self.value
        return module[self.name] if self.name in module else module.__dict__.get(self.name, self.value)

    def __set__(self, module, value):
        module.__dict__[self.name] = value

    def __delete__(self, module):
        module.__dict__.pop(self.name, None)
