import mlx.core as mx


def legacy_tensor(*args, dtype=mx.float32):
    """The tensor classes `torch.FloatTensor(...)`: sizes give a new array, zero where PyTorch leaves it uninitialised; data is copied.

    A tuple of integers is refused: PyTorch tells `torch.Size`, which is a shape, from a tuple, which is data. Here both are tuples.
    """
    if all(isinstance(arg, int) for arg in args):
        return mx.zeros(args or (0,), dtype)
    (data,) = args
    if isinstance(data, tuple) and data and all(isinstance(item, int) for item in data):
        raise TypeError("sizes or data? Write mx.zeros(shape) or mx.array(list(data)) instead")
    return mx.array(data, dtype)
