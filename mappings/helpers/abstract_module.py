import mlx.nn as nn


class AbstractModule(nn.Module):
    """Base of abstract modules: one that lacks an abstract method is not made.

    Python asks for that where `object` makes an instance, and an MLX module is made by `dict`.
    """

    def __new__(cls, *args, **kwargs):
        missing = sorted(getattr(cls, "__abstractmethods__", ()))
        if missing:
            raise TypeError(f"Can't instantiate abstract class {cls.__name__} with abstract methods {', '.join(missing)}")
        return super().__new__(cls, *args, **kwargs)
