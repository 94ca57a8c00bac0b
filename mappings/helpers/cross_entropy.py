import math

import mlx.core as mx

from .reduce_loss import reduce_loss
from .to_float import is_floating_point


def _kept_weights(logits, target, weight, ignore_index):
    """The class weight of every target, 0 where it is ignored; and the targets, harmless where ignored."""
    kept = target != ignore_index
    target = mx.stop_gradient(mx.where(kept, target, 0))
    weights = mx.ones(target.shape, logits.dtype) if weight is None else mx.take(weight, target)
    return mx.where(kept, weights, 0).astype(logits.dtype), target


def _weighted_mean(loss, weights):
    """NaN where every target is ignored, as in PyTorch; but the gradient is 0 then."""
    total = mx.sum(weights)
    return mx.where(total == 0, math.nan, mx.sum(loss) / mx.where(total == 0, 1, total)).astype(loss.dtype)


def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    """``F.nll_loss`` of log-probabilities (N, C, ...) or (C,). "mean" divides by the weights of the targets that are not ignored."""
    if input.ndim == 1:
        loss = nll_loss(input[None], target.reshape(1), weight, ignore_index, reduction)
        return loss.reshape(())
    weights, target = _kept_weights(input, target, weight, ignore_index)
    picked = mx.take_along_axis(input, target[:, None], axis=1).squeeze(1)
    loss = mx.where(weights == 0, 0, -picked) * weights
    return _weighted_mean(loss, weights) if reduction == "mean" else reduce_loss(loss, reduction)


def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """``F.cross_entropy`` of logits (N, C, ...) or (C,), with class indices or, of the input's shape, class probabilities as target."""
    if input.ndim == 1:
        target = target[None] if target.ndim == 1 else target.reshape(1)
        loss = cross_entropy(input[None], target, weight, ignore_index, reduction, label_smoothing)
        return loss.reshape(())
    classes = input.shape[1]
    # `mx.logsumexp` refuses an empty batch.
    log_probs = input - mx.logsumexp(input, axis=1, keepdims=True) if input.size else input
    weighted = log_probs if weight is None else log_probs * weight.reshape((1, -1) + (1,) * (input.ndim - 2))
    if target.ndim == input.ndim and is_floating_point(target):
        target = target * (1 - label_smoothing) + label_smoothing / classes if label_smoothing else target
        return reduce_loss(-mx.sum(weighted * target, axis=1), reduction)
    if not label_smoothing:
        return nll_loss(log_probs, target, weight, ignore_index, reduction)
    hard = nll_loss(log_probs, target, weight, ignore_index, "none")
    smooth = mx.where(target == ignore_index, 0, -mx.sum(weighted, axis=1))
    loss = (1 - label_smoothing) * hard + label_smoothing / classes * smooth
    if reduction == "mean":
        return _weighted_mean(loss, _kept_weights(input, target, weight, ignore_index)[0])
    return reduce_loss(loss, reduction)
