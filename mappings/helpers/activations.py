import mlx.core as mx

from .assign_ import assign_


def hardsigmoid(input):
    """``F.hardsigmoid``: x / 6 + 1/2, clipped to 0..1."""
    return mx.clip(input / 6 + 0.5, 0, 1)


def threshold(input, threshold, value):
    """``F.threshold``: the value where x is not above the threshold, which half precision doesn't round. NaN stays."""
    is_float = mx.issubdtype(input.dtype, mx.floating)
    threshold = mx.array(threshold).astype(mx.float32 if is_float else input.dtype)  # integers cut off fractions
    return mx.where(input <= threshold, mx.array(value).astype(input.dtype), input)


def hardshrink(input, lambd=0.5):
    """``F.hardshrink``: zero where x is near it. NaN stays, of which MLX's own makes zeros."""
    return mx.where(mx.abs(input) <= lambd, 0, input)


def softshrink(input, lambd=0.5):
    """``F.softshrink``: nearer to zero by `lambd`. NaN stays, of which MLX's own makes zeros."""
    return mx.where(mx.abs(input) <= lambd, 0, input - mx.sign(input) * lambd)


def prelu(input, weight):
    """``F.prelu``: one slope, or one for each channel (dimension 1)."""
    if weight.size > 1 and input.ndim > 1:
        weight = weight.reshape((1, -1) + (1,) * (input.ndim - 2))
    return mx.where(input > 0, input, weight * input)


def leaky_relu(input, negative_slope=0.01):
    """``F.leaky_relu``; the one of MLX takes the larger of x and slope * x: it has the slope 1 at zero, and wants one of 0..1."""
    return mx.where(input > 0, input, input * negative_slope)


def elu(input, alpha=1.0):
    """``F.elu``: the exponential of what is not positive alone. MLX's own takes it of all, and has no gradient where it overflows: above 11 in float16."""
    return mx.where(input > 0, input, alpha * mx.expm1(mx.where(input > 0, 0, input)))


def celu(input, alpha=1.0):
    """``F.celu``; MLX's own has no gradient at zero."""
    return mx.where(input > 0, input, alpha * mx.expm1(mx.where(input > 0, 0, input) / alpha))


def selu(input):
    """``F.selu``: a scaled `elu`."""
    return 1.0507009873554805 * elu(input, 1.6732632423543772)


def rrelu(input, lower=1.0 / 8, upper=1.0 / 3, training=False):
    """``F.rrelu``: a random slope for each negative element in training, else the mean slope."""
    slope = mx.random.uniform(lower, upper, input.shape, input.dtype) if training else (lower + upper) / 2
    return mx.where(input > 0, input, input * slope)


def gumbel_softmax(logits, tau=1.0, hard=False, dim=-1):
    """``F.gumbel_softmax``: a sample on the simplex; `hard` gives a one-hot with the gradient of the soft one."""
    soft = mx.softmax((logits + mx.random.gumbel(logits.shape, logits.dtype)) / tau, axis=dim, precise=True)
    if not hard:
        return soft
    best = mx.argmax(mx.stop_gradient(soft), axis=dim, keepdims=True)
    one_hot = mx.put_along_axis(mx.zeros_like(soft), best, mx.array(1, soft.dtype), axis=dim)
    return mx.stop_gradient(one_hot - soft) + soft


def hardtanh(input, min_val=-1.0, max_val=1.0, inplace=False):
    """`F.hardtanh` as a value."""
    output = mx.clip(input, min_val, max_val)
    return assign_(input, output) if inplace else output


def tanhshrink(input):
    """`F.tanhshrink` as a value."""
    return input - mx.tanh(input)
