def unravel_index(indices, shape):
    """``torch.unravel_index``: flat positions as one array for each dimension."""
    output = []
    for size in reversed((shape,) if isinstance(shape, int) else tuple(shape)):
        output.append(indices % size)
        indices = indices // size
    return tuple(reversed(output))
