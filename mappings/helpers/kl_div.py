import mlx.core as mx

from .reduce_loss import reduce_loss
from .xlogy import xlogy


def kl_div(input, target, reduction="mean", log_target=False):
    """``F.kl_div`` of log-probabilities `input` against probabilities (or, with `log_target`, their logarithms)."""
    loss = mx.exp(target) * (target - input) if log_target else xlogy(target, target) - target * input
    if reduction == "batchmean":
        return mx.sum(loss) / (input.shape[0] if input.ndim else 1)
    return reduce_loss(loss, reduction)
