import math

import mlx.core as mx

from .differentiable_linalg import linalg_inv, linalg_svdvals
from .movedim import movedim
from .vector_norm import vector_norm


def matrix_norm(A, ord="fro", dim=(-2, -1), keepdim=False):
    """``torch.linalg.matrix_norm``: "fro", "nuc", 2 and -2 (singular values), 1 and -1 (columns), inf and -inf (rows)."""
    rows, columns = dim[0] % A.ndim, dim[1] % A.ndim
    if ord == "fro":
        return vector_norm(A, 2, (rows, columns), keepdim)
    if ord in (1, -1, math.inf, -math.inf):
        inner, outer = (rows, columns) if abs(ord) == 1 else (columns, rows)
        sums = mx.sum(mx.abs(A), axis=inner, keepdims=True)
        norm = (mx.max if ord > 0 else mx.min)(sums, axis=outer, keepdims=True)
    elif ord in ("nuc", 2, -2):
        s = linalg_svdvals(movedim(A, (rows, columns), (-2, -1)))
        norm = mx.expand_dims({"nuc": mx.sum, 2: mx.max, -2: mx.min}[ord](s, axis=-1), sorted((rows, columns)))
    else:
        raise ValueError(f"matrix_norm: ord is 'fro', 'nuc', 1, -1, 2, -2, inf or -inf, not {ord!r}")
    return norm if keepdim else norm.squeeze((rows, columns))


def linalg_norm(A, ord=None, dim=None, keepdim=False):
    """``torch.linalg.norm``: the norm of all elements without `ord`, else of a vector (one dimension) or a matrix (two)."""
    if ord is None:
        return vector_norm(A, 2, dim, keepdim)
    if dim is None:
        dim = (0,) if A.ndim == 1 else (0, 1)
    if isinstance(dim, int) or len(dim) == 1:
        return vector_norm(A, ord, dim, keepdim)
    return matrix_norm(A, ord, dim, keepdim)


def cond(A, p=None):
    """``torch.linalg.cond``: by singular values for None, 2 and -2, else the norm times that of the inverse."""
    if p in (None, 2, -2):
        s = linalg_svdvals(A)
        ratio = mx.max(s, axis=-1) / mx.min(s, axis=-1)
        return 1 / ratio if p == -2 else ratio
    return matrix_norm(A, p) * matrix_norm(linalg_inv(A), p)
