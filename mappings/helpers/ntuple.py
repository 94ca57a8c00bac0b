def ntuple(value, n):
    """`value` for each of `n` dimensions: PyTorch takes one number, a sequence of one, or a sequence of `n`."""
    if isinstance(value, (tuple, list)):
        return tuple(value) * n if len(value) == 1 else tuple(value)
    return (value,) * n
