import mlx.core as mx


def sum_to_size(input, *size):
    """``x.sum_to_size(size)``: the reverse of broadcasting, summed over what it would have repeated."""
    size = size[0] if len(size) == 1 and not isinstance(size[0], int) else size
    lead = input.ndim - len(size)
    summed = tuple(range(lead)) + tuple(lead + k for k, s in enumerate(size) if s == 1 and input.shape[lead + k] != 1)
    if not summed:
        return input
    if not mx.issubdtype(input.dtype, mx.inexact):
        input = input.astype(mx.int64)  # bytes add up without a sign
    return mx.sum(input, axis=summed, keepdims=True).reshape(tuple(size))
