import mlx.core as mx


def long_any(input):
    """Integers as PyTorch has them, with 64 bits, before they are multiplied; an array of any other dtype, or a number, stays what it is."""
    narrow = isinstance(input, mx.array) and input.dtype in (mx.bool_, mx.int32, mx.uint32)
    return input.astype(mx.int64) if narrow else input
