import mlx.core as mx

from .as_array import as_array
from .to_float import to_float


def _times_log(input, other, log, lowest, neutral):
    like = to_float(input if isinstance(input, mx.array) else other)  # a number takes the dtype of the array beside it
    input, other = to_float(as_array(input, like)), to_float(as_array(other, like))
    # Where the factor is 0 the argument becomes one whose logarithm is 0: value and gradient stay finite.
    skip = (input == 0) & ((other <= lowest) | mx.isinf(other))
    return input * log(mx.where(skip, neutral, other))


def xlogy(input, other):
    """``torch.xlogy``: x * log(y), 0 where x is 0; NaN in y stays."""
    return _times_log(input, other, mx.log, 0, 1)


def xlog1py(input, other):
    """``torch.special.xlog1py``: x * log1p(y), 0 where x is 0; NaN in y stays."""
    return _times_log(input, other, mx.log1p, -1, 0)


def entr(input):
    """``torch.special.entr``: -x * log(x), 0 at 0, -inf below."""
    input = to_float(input)
    inside = -input * mx.log(mx.where(input > 0, input, 1))
    return mx.where(mx.isnan(input) | (input > 0), inside, mx.where(input == 0, 0, -mx.inf)).astype(input.dtype)
