import mlx.nn as nn

from .register_buffer import holds_arrays, is_made_parameter, plain_attribute


def plain_fields(*names):
    """For a module whose constructor `@dataclass` generates: of these fields, tensors that are no parameters are neither trained nor saved."""

    def decorate(cls):
        init = cls.__init__

        def __init__(self, *args, **kwargs):
            init(self, *args, **kwargs)
            for name in names:
                value = dict.get(self, name)
                if holds_arrays(value) and not isinstance(value, nn.Module) and not is_made_parameter(value):
                    plain_attribute(self, name, value)

        __init__.__wrapped__ = init
        cls.__init__ = __init__
        return cls

    return decorate
