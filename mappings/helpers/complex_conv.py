import mlx.core as mx

from .conv import conv


def complex_conv(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """``F.conv1d/2d/3d`` of complex numbers, by their parts: MLX has it for real ones alone."""
    options = (None, stride, padding, dilation, groups)
    (x, y), (a, b) = ((mx.real(side), mx.imag(side)) for side in (input, weight))
    real, imaginary = conv(x, a, *options) - conv(y, b, *options), conv(x, b, *options) + conv(y, a, *options)
    output = real + 1j * imaginary
    return output if bias is None else output + bias.reshape((-1,) + (1,) * (weight.ndim - 2))
