import mlx.core as mx


def weak_scalar(scalar, other):
    """A tensor without dimensions as PyTorch promotes it: beside a floating tensor that has dimensions it takes that tensor's dtype."""
    if isinstance(other, mx.array) and other.ndim > 0 and mx.issubdtype(other.dtype, mx.floating):
        return scalar.astype(other.dtype)
    return scalar
