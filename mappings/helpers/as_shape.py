def as_shape(size):
    """The shape that `torch.rand(size)` means: a number is one dimension."""
    return (size,) if isinstance(size, int) else tuple(size)
