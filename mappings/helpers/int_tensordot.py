import math

import mlx.core as mx


def int_tensordot(a, b, dims=2):
    """``torch.tensordot`` of integers, which MLX contracts in floats only: multiply and sum."""
    of_a, of_b = (range(a.ndim - dims, a.ndim), range(dims)) if isinstance(dims, int) else dims
    of_a, of_b = [axis % a.ndim for axis in of_a], [axis % b.ndim for axis in of_b]
    kept_a = [axis for axis in range(a.ndim) if axis not in of_a]
    kept_b = [axis for axis in range(b.ndim) if axis not in of_b]
    size = math.prod(a.shape[axis] for axis in of_a)
    shape = [a.shape[axis] for axis in kept_a] + [b.shape[axis] for axis in kept_b]
    rows = a.transpose(*kept_a, *of_a).reshape(math.prod(a.shape[axis] for axis in kept_a), size, 1)
    columns = b.transpose(*of_b, *kept_b).reshape(1, size, math.prod(b.shape[axis] for axis in kept_b))
    product = rows * columns
    return mx.sum(product, axis=1).astype(product.dtype).reshape(shape)
