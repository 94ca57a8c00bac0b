import mlx.core as mx


def _drop(input, p, mask_shape):
    keep = mx.random.bernoulli(1 - p, mask_shape)
    return mx.where(keep, input / (1 - p), 0).astype(input.dtype)


def dropout(input, p=0.5, training=True):
    """``F.dropout``: note that `training` is true unless it is given. The random numbers are not those of PyTorch."""
    if not training or p == 0:
        return input
    return mx.zeros_like(input) if p == 1 else _drop(input, p, input.shape)


def feature_dropout(input, p=0.5, training=True):
    """``F.dropout2d`` and its like: one decision for each (sample, channel) of a channels-first batch."""
    if not training or p == 0:
        return input
    return mx.zeros_like(input) if p == 1 else _drop(input, p, input.shape[:2] + (1,) * (input.ndim - 2))


def dropout1d(input, p=0.5, training=True):
    """``F.dropout1d``: whole channels of (N, C, L) or of an unbatched (C, L)."""
    return feature_dropout(input[None], p, training)[0] if input.ndim == 2 else feature_dropout(input, p, training)


def dropout3d(input, p=0.5, training=True):
    """``F.dropout3d``: whole channels of (N, C, D, H, W) or of an unbatched (C, D, H, W)."""
    return feature_dropout(input[None], p, training)[0] if input.ndim == 4 else feature_dropout(input, p, training)
