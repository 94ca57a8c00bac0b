import mlx.core as mx


def int_matmul(input, other):
    """A matrix product of integers, which MLX lacks: multiply and sum. Where values stay below 2**24, float32 is exact and lighter."""
    dtype = mx.result_type(input, other)
    rows = (input[None] if input.ndim == 1 else input).astype(dtype)
    columns = (other[:, None] if other.ndim == 1 else other).astype(dtype)
    product = mx.sum(rows[..., :, :, None] * columns[..., None, :, :], axis=-2).astype(dtype)
    if other.ndim == 1:
        product = product.squeeze(-1)
    return product.squeeze(-1 if other.ndim == 1 else -2) if input.ndim == 1 else product
