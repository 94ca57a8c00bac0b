import mlx.core as mx


def hstack(tensors):
    """Join along the second axis, or along the only one for vectors and numbers, as torch.hstack."""
    arrays = [mx.atleast_1d(t) for t in tensors]
    return mx.concatenate(arrays, axis=0 if arrays[0].ndim == 1 else 1)
