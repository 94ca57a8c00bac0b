import mlx.core as mx

from .reduce_loss import reduce_loss


def smooth_l1_loss(input, target, reduction="mean", beta=1.0):
    """``F.smooth_l1_loss``: quadratic below `beta`, linear above; beta 0 is the L1 loss."""
    distance = mx.abs(input - target)
    if beta == 0:
        return reduce_loss(distance, reduction)
    return reduce_loss(mx.where(distance < beta, 0.5 * distance * distance / beta, distance - 0.5 * beta), reduction)


def huber_loss(input, target, reduction="mean", delta=1.0, weight=None):
    """``F.huber_loss``: `smooth_l1_loss` times delta."""
    distance = mx.abs(input - target)
    loss = mx.where(distance <= delta, 0.5 * distance * distance, delta * (distance - 0.5 * delta))
    return reduce_loss(loss if weight is None else loss * weight, reduction)
