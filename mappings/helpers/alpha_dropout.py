import mlx.core as mx

_SELU_FLOOR = -1.7580993408473766  # -scale * alpha of SELU: what dropped elements become


def alpha_dropout(input, p=0.5, training=False, per_channel=False):
    """``F.alpha_dropout``, and with `per_channel` ``F.feature_alpha_dropout``: dropout that keeps SELU's mean and variance."""
    if not training or p == 0:
        return input
    if p == 1:
        return mx.zeros_like(input)
    scale = ((1 - p) * (1 + p * _SELU_FLOOR**2)) ** -0.5
    mask_shape = input.shape[:2] + (1,) * (input.ndim - 2) if per_channel else input.shape
    keep = mx.random.bernoulli(1 - p, mask_shape)
    return (scale * mx.where(keep, input, _SELU_FLOOR) - scale * p * _SELU_FLOOR).astype(input.dtype)
