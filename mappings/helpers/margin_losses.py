import mlx.core as mx

from .reduce_loss import reduce_loss


def hinge_embedding_loss(input, target, margin=1.0, reduction="mean"):
    """``F.hinge_embedding_loss``: the distance itself where the target is 1, what it lacks to the margin where it is -1."""
    loss = mx.where(target != 1, mx.maximum(margin - input, 0), 0) + mx.where(target != -1, input, 0)
    return reduce_loss(loss, reduction)


def margin_ranking_loss(input1, input2, target, margin=0.0, reduction="mean"):
    """``F.margin_ranking_loss``: target 1 wants input1 above input2. The margin is a float, also beside integers."""
    return reduce_loss(mx.maximum(-target * (input1 - input2) + float(margin), 0), reduction)


def soft_margin_loss(input, target, reduction="mean"):
    """``F.soft_margin_loss``: log(1 + exp(-target * input)) for targets 1 and -1."""
    return reduce_loss(mx.logaddexp(-(target * input), 0), reduction)


def cosine_embedding_loss(input1, input2, target, margin=0.0, reduction="mean"):
    """``F.cosine_embedding_loss`` over the last dimension. PyTorch adds 1e-12 to the squared norms, in float32 arithmetic."""
    eps = 1e-12
    squares = (mx.sum(input1 * input1, axis=-1) + eps) * (mx.sum(input2 * input2, axis=-1) + eps)
    cosine = mx.sum(input1 * input2, axis=-1) / mx.sqrt(squares)
    loss = mx.where(target == 1, 1 - cosine, 0) + mx.where(target == -1, mx.maximum(cosine - margin, 0), 0)
    return reduce_loss(loss, reduction)


def multi_margin_loss(input, target, p=1, margin=1.0, weight=None, reduction="mean"):
    """``F.multi_margin_loss``: every other class should stay `margin` below the target class; the sum is divided by all classes."""
    if input.ndim == 1:
        return multi_margin_loss(input[None], target.reshape(1), p, margin, weight, reduction).reshape(())
    target = mx.stop_gradient(target)[:, None]
    violation = mx.maximum(margin - mx.take_along_axis(input, target, axis=1) + input, 0)
    violation = violation if p == 1 else mx.power(violation, p)
    if weight is not None:
        violation = violation * mx.take(weight, target)
    others = mx.where(mx.arange(input.shape[1]) == target, 0, violation)
    return reduce_loss(mx.sum(others, axis=1) / input.shape[1], reduction)


def multilabel_margin_loss(input, target, reduction="mean"):
    """``F.multilabel_margin_loss``: the targets of a row are the class indices up to the first negative number."""
    if input.ndim == 1:
        return multilabel_margin_loss(input[None], target[None], reduction).reshape(())
    classes = mx.arange(input.shape[1])
    valid = mx.cumsum((target < 0).astype(mx.int32), axis=1) == 0
    target = mx.stop_gradient(mx.where(valid, target, 0))
    is_target = mx.any((target[:, :, None] == classes) & valid[:, :, None], axis=1)
    violation = mx.maximum(1 - (mx.take_along_axis(input, target, axis=1)[:, :, None] - input[:, None, :]), 0)
    violation = mx.where(valid[:, :, None] & mx.logical_not(is_target)[:, None, :], violation, 0)
    return reduce_loss(mx.sum(violation, axis=(1, 2)) / input.shape[1], reduction)


def multilabel_soft_margin_loss(input, target, weight=None, reduction="mean"):
    """``F.multilabel_soft_margin_loss``: the binary cross entropy of logits, averaged over the classes."""
    loss = target * mx.logaddexp(-input, 0) + (1 - target) * mx.logaddexp(input, 0)
    return reduce_loss(mx.mean(loss if weight is None else loss * weight, axis=-1), reduction)
