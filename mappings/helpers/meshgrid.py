import mlx.core as mx


def meshgrid(*tensors, indexing="ij"):
    """Coordinate grids as torch.meshgrid: of several arrays or of one list of them, by default in matrix order."""
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tensors[0]
    return tuple(mx.meshgrid(*tensors, indexing=indexing))
