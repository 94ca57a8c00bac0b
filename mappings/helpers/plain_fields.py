import mlx.nn as nn

from .register_buffer import holds_arrays, is_made_parameter, plain_attribute
from .set_by_name import holder_of
from .tie_weights import _tie


def plain_fields(*names):
    """For a module whose constructor `@dataclass` generates: of these fields, tensors that are no parameters are neither trained nor saved.

    A parameter of another module is one under two names.
    """

    def decorate(cls):
        init = cls.__init__

        def __init__(self, *args, **kwargs):
            init(self, *args, **kwargs)
            for name in names:
                value = dict.get(self, name)
                if not holds_arrays(value) or isinstance(value, nn.Module):
                    continue
                held = holder_of(value, self)
                if held is not None:
                    _tie(self, name, *held)
                elif not is_made_parameter(value):
                    plain_attribute(self, name, value)

        # The defaults are the constructor's: MLX stores no array beside an attribute of the class.
        for name in names:
            if name in cls.__dict__:
                delattr(cls, name)
        __init__.__wrapped__ = init
        cls.__init__ = __init__
        return cls

    return decorate
