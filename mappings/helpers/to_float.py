import mlx.core as mx


def is_floating_point(input):
    """``torch.is_floating_point``: true for real floating dtypes, false for complex ones."""
    return mx.issubdtype(input.dtype, mx.floating)


def to_float(input):
    """The promotion of PyTorch's floating functions: integers and bools become float32, everything else stays."""
    input = input if isinstance(input, mx.array) else mx.array(input)
    return input if mx.issubdtype(input.dtype, mx.inexact) else input.astype(mx.float32)


def to_accumulate(input):
    """The dtype in which PyTorch accumulates: float32 for float16 and bfloat16. Cast the result back with ``astype``."""
    return input.astype(mx.float32) if input.dtype in (mx.float16, mx.bfloat16) else input
