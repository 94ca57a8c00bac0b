import mlx.core as mx

from .differentiable_linalg import linalg_pinv, linalg_svd, linalg_svdvals


def svd(input, some=True, compute_uv=True):
    """``torch.svd``: (U, S, V), not V transposed, and reduced unless some=False."""
    if not compute_uv:
        rows, columns = input.shape[-2:]
        lead = input.shape[:-2]
        s = linalg_svdvals(input)
        return mx.zeros(lead + (rows, rows), s.dtype), s, mx.zeros(lead + (columns, columns), s.dtype)
    u, s, vh = linalg_svd(input, not some)
    return u, s, vh.swapaxes(-1, -2)


def matrix_rank(A):
    """``torch.linalg.matrix_rank`` with the default tolerance."""
    s = mx.linalg.svd(mx.stop_gradient(A), compute_uv=False, stream=mx.cpu)
    smallest = mx.max(s, axis=-1, keepdims=True) * max(A.shape[-2:]) * mx.finfo(A.dtype).eps
    return mx.sum((s > smallest).astype(mx.int64), axis=-1)


def lstsq(A, B):
    """``torch.linalg.lstsq`` by the pseudo-inverse: (solution, residuals, rank, singular values), of which the 2nd and 4th are empty."""
    return linalg_pinv(A) @ B, mx.zeros((0,), A.dtype), matrix_rank(A), mx.zeros((0,), A.dtype)
