from .freeze_always import freeze_always


def register_buffer(module, name, tensor, persistent=True):
    """PyTorch's `module.register_buffer`: an array that belongs to the module but is not trained.

    A persistent buffer is in `parameters()` and in saved weights, and stays frozen after
    `unfreeze()`. Another one is kept outside of the module's dict: it reads as `module.name`, and
    neither `parameters()` nor weight files see it. Later assignments keep the kind.
    """
    module._buffer_names = module.__dict__.get("_buffer_names", frozenset()) | {name}
    if persistent:
        freeze_always(module, name)
        setattr(module, name, tensor)
        return
    plain_attribute(module, name, tensor)


def plain_attribute(module, name, value):
    """PyTorch's `module.name = tensor`: an array, or a list of arrays, that is neither trained nor saved.

    It reads as `module.name`; MLX would make a parameter of it. Later assignments keep the kind.
    """
    module._plain_names = module.__dict__.get("_plain_names", frozenset()) | {name}
    _keep_plain_names(type(module))
    dict.pop(module, name, None)
    setattr(module, name, value)


def _keep_plain_names(cls):
    """Make assignment to a name in `_plain_names` bypass the dict of an MLX module.

    MLX decides by the type of the value alone, so `self.name = array` would make a parameter.
    """
    assign = cls.__setattr__
    if getattr(assign, "keeps_plain_names", False):
        return

    def __setattr__(self, name, value):
        if name in self.__dict__.get("_plain_names", ()):
            object.__setattr__(self, name, value)
        else:
            assign(self, name, value)

    __setattr__.keeps_plain_names = True
    cls.__setattr__ = __setattr__
