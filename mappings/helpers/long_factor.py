import mlx.core as mx
import numpy as np


def long_factor(input, factor):
    """What integers are multiplied by in place, as PyTorch does it with 64 bits: `input *= long_factor(input, 2654435761)`. Any other input gets the factor as it is."""
    narrow = isinstance(input, mx.array) and input.dtype in (mx.bool_, mx.int32, mx.uint32)
    whole = isinstance(factor, mx.array) and mx.issubdtype(factor.dtype, mx.integer) or isinstance(factor, (int, np.integer)) and not isinstance(factor, bool)
    if not narrow or not whole:
        return factor
    return factor.astype(mx.int64) if isinstance(factor, mx.array) else mx.array(int(factor), dtype=mx.int64)
