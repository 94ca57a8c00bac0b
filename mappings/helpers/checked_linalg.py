"""Linear algebra whose errors a handler waits for: MLX has none for singular matrices, or has them where the result is evaluated."""

import mlx.core as mx
import numpy as np

from .differentiable_linalg import linalg_inv, linalg_solve


def _require_regular(A, name):
    """Raises where PyTorch does: a pivot is zero."""
    *_, upper = mx.linalg.lu(mx.stop_gradient(A), stream=mx.cpu)
    try:
        pivots = np.array(mx.diagonal(upper, axis1=-2, axis2=-1))
    except (RuntimeError, ValueError):
        return  # inside of mx.compile and mx.vmap no values are known
    if (pivots == 0).any():
        raise RuntimeError(f"{name}: the input matrix is singular")


def checked_inv(A):
    """``torch.linalg.inv``, with a gradient. A singular matrix raises a RuntimeError."""
    _require_regular(A, "linalg.inv")
    return linalg_inv(A)


def checked_solve(A, B, *, left=True):
    """``torch.linalg.solve``, with gradients. A singular matrix raises a RuntimeError."""
    _require_regular(A, "linalg.solve")
    return linalg_solve(A, B, left=left)
