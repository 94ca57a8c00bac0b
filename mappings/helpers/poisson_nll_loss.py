import math

import mlx.core as mx

from .reduce_loss import reduce_loss


def poisson_nll_loss(input, target, log_input=True, full=False, eps=1e-8, reduction="mean"):
    """``F.poisson_nll_loss``; `full` adds Stirling's approximation for targets above 1."""
    loss = mx.exp(input) - target * input if log_input else input - target * mx.log(input + eps)
    if full:
        safe = mx.where(target > 1, target, 1)
        loss = loss + mx.where(target > 1, safe * mx.log(safe) - safe + 0.5 * mx.log(2 * math.pi * safe), 0)
    return reduce_loss(loss, reduction)


def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean"):
    """``F.gaussian_nll_loss``; the variance (an array or a number) is clamped at `eps`, and the clamp has gradient 1."""
    var = var if isinstance(var, mx.array) else mx.full(input.shape, var, input.dtype)
    if var.shape != input.shape and var.shape == input.shape[:-1]:
        var = var[..., None]
    var = var + mx.stop_gradient(mx.maximum(var, eps) - var)
    loss = 0.5 * (mx.log(var) + mx.square(input - target) / var)
    return reduce_loss(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)
