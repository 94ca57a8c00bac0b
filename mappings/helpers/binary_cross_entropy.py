import mlx.core as mx

from .reduce_loss import reduce_loss


def _log_above_minus_100(p):
    return mx.where(p > 0, mx.maximum(mx.log(mx.where(p > 0, p, 1)), -100), -100)


def binary_cross_entropy(input, target, weight=None, reduction="mean"):
    """``F.binary_cross_entropy`` of probabilities: the logarithms stop at -100, and the gradient divides by p (1 - p), but by no less than 1e-12."""
    dtype, input = input.dtype, input.astype(mx.float32) if input.dtype == mx.float16 else input
    p = mx.stop_gradient(input)
    is_edge = p * (1 - p) < 1e-12
    inner = mx.where(is_edge, 0.5, input)
    loss = -(target * mx.log(inner) + (1 - target) * mx.log(1 - inner))
    at_edge = -(target * _log_above_minus_100(p) + (1 - target) * _log_above_minus_100(1 - p))
    slope = (p - mx.stop_gradient(target)) / 1e-12
    loss = mx.where(is_edge, at_edge + slope * (input - p), loss).astype(mx.result_type(dtype, target.dtype))
    return reduce_loss(loss if weight is None else loss * weight, reduction)


def binary_cross_entropy_with_logits(input, target, weight=None, reduction="mean", pos_weight=None):
    """``F.binary_cross_entropy_with_logits``; `pos_weight` weighs the positive targets."""
    log_sigmoid = -mx.logaddexp(-input, 0)
    positive = 1 if pos_weight is None else 1 + (pos_weight - 1) * target
    loss = (1 - target) * input - positive * log_sigmoid
    return reduce_loss(loss if weight is None else loss * weight, reduction)
