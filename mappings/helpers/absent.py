class Absent:
    """Stands for a class of PyTorch that MLX has nothing like: it can be named, and nothing is an instance of it."""

    def __new__(cls, *args, **kwargs):
        raise NotImplementedError("a class without counterpart in MLX: see the TODO(torch2mlx) at this place")
