import mlx.core as mx
import numpy as np


def tril_indices(row, col, offset=0):
    """``torch.tril_indices``: the int64 positions of the lower triangle, (2, n)."""
    return mx.array(np.stack(np.tril_indices(row, offset, col)).astype(np.int64))


def triu_indices(row, col, offset=0):
    """``torch.triu_indices``: the int64 positions of the upper triangle, (2, n)."""
    return mx.array(np.stack(np.triu_indices(row, offset, col)).astype(np.int64))
