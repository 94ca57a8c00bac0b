import mlx.nn as nn


class _TorchModule(nn.Module):
    """Base of the layers here: a module is true and compares by identity, as in PyTorch.

    An MLX module is a dict, so one without arrays is false, and `==` compares contents.
    """

    def __bool__(self):
        return True

    __eq__ = object.__eq__
    __ne__ = object.__ne__
    __hash__ = object.__hash__
