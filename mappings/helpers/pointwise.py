import math

import mlx.core as mx

from .as_array import as_array
from .to_float import is_floating_point, to_accumulate, to_float


def _number_beside(other, input):
    """A Python integer takes the dtype of the array beside it, a Python float makes an integer array float32."""
    return as_array(other, None if isinstance(other, float) and not is_floating_point(input) else input)


def sinc(input):
    """``torch.sinc``: sin(pi x) / (pi x), 1 at 0."""
    input = to_float(input)
    angle = to_accumulate(input) * math.pi
    return mx.where(angle == 0, 1, mx.sin(angle) / mx.where(angle == 0, 1, angle)).astype(input.dtype)


def logit(input, eps=None):
    """``torch.logit``: log(x / (1 - x)), of x clamped to [eps, 1 - eps] where eps is given."""
    input = to_float(input)
    input = input if eps is None else mx.clip(input, eps, 1 - eps)
    return mx.log(input) - mx.log1p(-input)


def signbit(input):
    """``torch.signbit``: read from the bits, so that -0.0 counts as negative."""
    if not is_floating_point(input):
        return input < 0
    bits = {mx.float16: mx.int16, mx.bfloat16: mx.int16, mx.float32: mx.int32, mx.float64: mx.int64}
    return mx.stop_gradient(input).view(bits[input.dtype]) < 0


def copysign(input, other):
    """``torch.copysign``: the magnitude of the first with the sign of the second, -0.0 included."""
    input = to_float(input)
    if isinstance(other, mx.array):
        input = input.astype(mx.result_type(input, other))
    else:
        other = as_array(other, input)
    slope = mx.where(input == 0, mx.stop_gradient(input), input)  # zero has none
    return mx.where(signbit(other) == signbit(input), slope, -slope)


def atan2(input, other):
    """``torch.atan2``: without a gradient at the origin, where MLX's is NaN."""
    at_origin = (input == 0) & (other == 0)
    away = mx.arctan2(input, mx.where(at_origin, mx.ones_like(other), other))
    return mx.where(at_origin, mx.stop_gradient(mx.arctan2(input, other)), away)


def angle(input):
    """``torch.angle``: the phase of complex numbers; of real ones pi below 0, NaN for NaN."""
    if input.dtype == mx.complex64:
        return atan2(mx.imag(input), mx.real(input))
    input = to_float(input)
    return mx.where(mx.isnan(input), input, mx.where(input < 0, math.pi, 0)).astype(input.dtype)


def nextafter(input, other):
    """``torch.nextafter`` of float32: the neighbouring number, by one step of the bit pattern. It has no gradient."""
    x, y = (mx.stop_gradient(v) for v in mx.broadcast_arrays(input, as_array(other, input)))
    bits = x.view(mx.int32)
    stepped = mx.where((y > x) == (x > 0), bits + 1, bits - 1)
    smallest = mx.where(y > 0, mx.array(1, mx.int32), mx.array(-(2**31) + 1, mx.int32))
    moved = mx.where(x == 0, smallest, stepped).view(mx.float32)
    return mx.where(mx.isnan(x) | mx.isnan(y), math.nan, mx.where(x == y, y, moved))


def hypot(input, other):
    """``torch.hypot``: sqrt(x^2 + y^2), scaled so that the squares don't overflow. Infinity wins over all, NaN included."""

    @mx.custom_function
    def length(x, y):
        x, y = mx.abs(x), mx.abs(y)
        large, small = mx.maximum(x, y), mx.minimum(x, y)
        ratio = mx.where(large == 0, 0, small / mx.where(large == 0, 1, large))
        is_infinite = mx.isinf(x) | mx.isinf(y)
        return mx.where(is_infinite, math.inf, large * mx.sqrt(1 + mx.where(is_infinite, 0, ratio * ratio)))

    @length.vjp
    def length_vjp(primals, cotangent, output):
        x, y = primals
        return cotangent * (x / output), cotangent * (y / output)

    return length(*mx.broadcast_arrays(as_array(input), as_array(other, input)))


def fmod(input, other):
    """``torch.fmod``: the remainder with the sign of the dividend."""
    input = as_array(input)
    remainder = mx.where(input < 0, -input, input) % mx.abs(_number_beside(other, input))
    return mx.where(input < 0, -remainder, remainder)


def div_trunc(input, other):
    """``torch.div(..., rounding_mode="trunc")``: rounded toward zero, integers stay integers. The gradient is 0, by a divisor of 0 as well."""
    input = as_array(input)
    other = _number_beside(other, input)
    if is_floating_point(input) or is_floating_point(other):
        return mx.trunc(mx.stop_gradient(input / other))
    quotient = mx.abs(input) // mx.abs(other)
    return mx.where((input < 0) != (other < 0), -quotient, quotient)


def floor_divide(input, other):
    """``torch.floor_divide``, and ``torch.div(..., rounding_mode="floor")``: what the exact remainder leaves, so that 1.0 // 0.1 is 9. `//` rounds the quotient first."""
    if not isinstance(input, mx.array):
        if not isinstance(other, mx.array):
            return input // other
        input = _number_beside(input, other)
    beside = _number_beside(other, input)
    dtype = mx.result_type(input, beside)
    if not mx.issubdtype(dtype, mx.floating):
        return input // other
    x = mx.stop_gradient(to_accumulate(input.astype(dtype)))
    y = mx.stop_gradient(as_array(other, x))
    rest = fmod(x, y)
    whole = mx.round((x - rest) / y) - mx.where((rest != 0) & ((rest < 0) != (y < 0)), 1, 0)
    return mx.where(y == 0, x / y, whole).astype(dtype)


def float_power(input, exponent):
    """``torch.float_power``: the power in float64, which MLX has on the CPU alone."""
    base, exponent = (v.astype(mx.float64) if isinstance(v, mx.array) else mx.array(v, mx.float64) for v in (input, exponent))
    return mx.power(base, exponent, stream=mx.cpu)


def frexp(input):
    """``torch.frexp``: the pair (mantissa in [0.5, 1), int32 exponent)."""
    zero = input == 0
    exponent = mx.where(zero, 0, mx.floor(mx.log2(mx.where(zero, 1, mx.abs(input)))) + 1)
    mantissa = input * mx.power(2.0, -exponent)
    # log2 may be off by a rounding next to a power of two.
    high, low = mx.abs(mantissa) >= 1, (mx.abs(mantissa) < 0.5) & mx.logical_not(zero)
    mantissa = mx.where(high, mantissa / 2, mx.where(low, mantissa * 2, mantissa))
    return mantissa.astype(input.dtype), mx.where(high, exponent + 1, mx.where(low, exponent - 1, exponent)).astype(mx.int32)


def gcd(input, other):
    """``torch.gcd`` by Euclid's algorithm; evaluates."""
    x, y = mx.broadcast_arrays(mx.abs(input), mx.abs(as_array(other, input)))
    while mx.any(y != 0).item():
        done = y == 0
        x, y = mx.where(done, x, y), mx.where(done, 0, x % mx.where(done, 1, y)).astype(y.dtype)
    return x


def lcm(input, other):
    """``torch.lcm``: 0 where one of the two is 0; evaluates."""
    divisor = gcd(input, other)
    return mx.where(divisor == 0, 0, mx.abs(input // mx.where(divisor == 0, 1, divisor) * other)).astype(divisor.dtype)
