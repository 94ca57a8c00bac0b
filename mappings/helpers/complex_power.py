import mlx.core as mx


def complex_power(base, exponent):
    """A power of complex numbers, with PyTorch's gradient: MLX's own is that of the conjugate."""
    if isinstance(exponent, int):
        return _whole_power(base, exponent) if exponent >= 0 else 1 / _whole_power(base, -exponent)
    if not isinstance(base, mx.array):
        base = mx.array(base, mx.complex64)
    base = base.astype(mx.complex64)
    is_zero = base == 0
    power = mx.exp(exponent * mx.log(mx.where(is_zero, 1, base)))
    return mx.where(is_zero, mx.stop_gradient(mx.power(base, exponent)), power)


def _whole_power(base, exponent):
    """By squares and products, whose gradients are right."""
    result = None
    while exponent:
        if exponent % 2:
            result = base if result is None else result * base
        base, exponent = base * base, exponent // 2
    return mx.ones_like(base) if result is None else result


def sgn(input):
    """``torch.sgn``: complex numbers divided by their size. MLX's gradient of that is zero."""
    if input.dtype != mx.complex64:
        return mx.sign(input)
    is_zero = input == 0
    safe = mx.where(is_zero, 1, input)
    return mx.where(is_zero, 0, safe / mx.abs(safe))
