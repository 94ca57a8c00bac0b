import mlx.core as mx


def linalg_svd(A, full_matrices=True):
    """``torch.linalg.svd``: (U, S, Vh)."""
    u, s, vh = mx.linalg.svd(A, stream=mx.cpu)
    if full_matrices:
        return u, s, vh
    return u[..., :s.shape[-1]], s, vh[..., :s.shape[-1], :]


def svd(input, some=True, compute_uv=True):
    """``torch.svd``: (U, S, V), not V transposed, and reduced unless some=False."""
    if not compute_uv:
        rows, columns = input.shape[-2:]
        lead = input.shape[:-2]
        s = mx.linalg.svd(input, compute_uv=False, stream=mx.cpu)
        return mx.zeros(lead + (rows, rows), s.dtype), s, mx.zeros(lead + (columns, columns), s.dtype)
    u, s, vh = linalg_svd(input, not some)
    return u, s, vh.swapaxes(-1, -2)


def matrix_rank(A):
    """``torch.linalg.matrix_rank`` with the default tolerance."""
    s = mx.linalg.svd(A, compute_uv=False, stream=mx.cpu)
    smallest = mx.max(s, axis=-1, keepdims=True) * max(A.shape[-2:]) * mx.finfo(A.dtype).eps
    return mx.sum((s > smallest).astype(mx.int64), axis=-1)


def lstsq(A, B):
    """``torch.linalg.lstsq`` by the pseudo-inverse: (solution, residuals, rank, singular values), of which the 2nd and 4th are empty."""
    return mx.linalg.pinv(A, stream=mx.cpu) @ B, mx.zeros((0,), A.dtype), matrix_rank(A), mx.zeros((0,), A.dtype)
