import mlx.core as mx

from .assign_ import assign_
from .to_float import to_accumulate


def _per_channel(values, ndim):
    return values.reshape((1, -1) + (1,) * (ndim - 2))


def _scale_shift(normed, weight, bias, like):
    if weight is not None:
        normed = normed * _per_channel(weight, normed.ndim)
    if bias is not None:
        normed = normed + _per_channel(bias, normed.ndim)
    return normed.astype(like.dtype)


def _update_running(running, value, momentum):
    assign_(running, (1 - momentum) * running + momentum * mx.stop_gradient(value))


def batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    """``F.batch_norm``, channels first. Training normalises with the batch's biased variance and updates the running statistics,
    in place, with its unbiased one."""
    x = to_accumulate(input)
    mean, var = running_mean, running_var
    if training:
        count = input.size // input.shape[1]
        if count == 1:
            raise ValueError(f"batch_norm: more than 1 value per channel is needed in training, got {input.shape}")
        axes = (0, *range(2, input.ndim))
        mean, var = mx.mean(x, axis=axes), mx.var(x, axis=axes)
        if running_mean is not None:
            _update_running(running_mean, mean, momentum)
            _update_running(running_var, var * (count / (count - 1)), momentum)
    normed = (x - _per_channel(mean, x.ndim)) * mx.rsqrt(_per_channel(var, x.ndim) + eps)
    return _scale_shift(normed, weight, bias, input)


def instance_norm(
    input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, momentum=0.1, eps=1e-5
):
    """``F.instance_norm``, channels first: statistics of each channel of each sample, or the running ones."""
    x = to_accumulate(input)
    if use_input_stats:
        axes, count = tuple(range(2, input.ndim)), input[0, 0].size
        mean, var = mx.mean(x, axis=axes, keepdims=True), mx.var(x, axis=axes, keepdims=True)
        if running_mean is not None:
            _update_running(running_mean, mx.mean(mean, axis=0).reshape(-1), momentum)
            _update_running(running_var, mx.mean(var, axis=0).reshape(-1) * (count / (count - 1)), momentum)
    else:
        mean, var = _per_channel(running_mean, x.ndim), _per_channel(running_var, x.ndim)
    return _scale_shift((x - mean) * mx.rsqrt(var + eps), weight, bias, input)


def group_norm(input, num_groups, weight=None, bias=None, eps=1e-5):
    """``F.group_norm``, channels first: statistics of groups of consecutive channels of each sample."""
    x = to_accumulate(input).reshape(input.shape[0], num_groups, -1)
    mean, var = mx.mean(x, axis=-1, keepdims=True), mx.var(x, axis=-1, keepdims=True)
    return _scale_shift(((x - mean) * mx.rsqrt(var + eps)).reshape(input.shape), weight, bias, input)
