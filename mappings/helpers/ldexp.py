import mlx.core as mx

from .as_array import as_array


def ldexp(input, other):
    """``torch.ldexp``: ``input * 2 ** other``. Whole exponents leave the dtype of the input as it is, others promote it."""
    input, other = as_array(input), as_array(other)
    dtype = mx.result_type(input, other)
    dtype = dtype if mx.issubdtype(dtype, mx.inexact) else mx.float32
    return input.astype(dtype) * mx.power(2.0, other.astype(mx.float32)).astype(dtype)
