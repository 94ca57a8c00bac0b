import mlx.core as mx

from .as_array import as_array
from .to_float import to_float


def ldexp(input, other):
    """``torch.ldexp``: ``input * 2 ** other``, in the dtype of a float input whatever the exponents are."""
    input = to_float(as_array(input))
    return input * mx.power(2.0, as_array(other)).astype(input.dtype)
