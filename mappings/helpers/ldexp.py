import mlx.core as mx

from .as_array import as_array
from .to_float import to_float


def ldexp(input, other):
    """``torch.ldexp``: ``input * 2 ** other``. Whole exponents leave the dtype of the input as it is, others promote it."""
    input, other = to_float(as_array(input)), as_array(other)
    dtype = mx.result_type(input, other)
    return input.astype(dtype) * mx.power(2.0, other.astype(mx.float32)).astype(dtype)
