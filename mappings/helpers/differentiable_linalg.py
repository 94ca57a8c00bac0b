"""Linear algebra with gradients: MLX has none for inverses, Cholesky factors, eigenvalues and the matrix of a system."""

import mlx.core as mx


def linalg_inv(A):
    """``torch.linalg.inv``, with a gradient."""

    @mx.custom_function
    def inv(A):
        return mx.linalg.inv(A, stream=mx.cpu)

    @inv.vjp
    def inv_vjp(A, cotangent, inverse):
        transposed = inverse.swapaxes(-1, -2)
        return -(transposed @ cotangent @ transposed)

    return inv(A)


def linalg_cholesky(A, *, upper=False):
    """``torch.linalg.cholesky``, with a gradient."""

    @mx.custom_function
    def lower_factor(A):
        return mx.linalg.cholesky(A, stream=mx.cpu)

    @lower_factor.vjp
    def lower_factor_vjp(A, cotangent, factor):
        transposed = factor.swapaxes(-1, -2)
        inner = transposed @ cotangent
        inner = mx.tril(inner) - inner * mx.eye(inner.shape[-1], dtype=inner.dtype) / 2
        half = mx.linalg.solve_triangular(transposed, inner, upper=True, stream=mx.cpu)
        grad = mx.linalg.solve_triangular(transposed, half.swapaxes(-1, -2), upper=True, stream=mx.cpu)
        return (grad + grad.swapaxes(-1, -2)) / 2

    factor = lower_factor(A)
    return factor.swapaxes(-1, -2) if upper else factor


def _solve_system(A, B):
    @mx.custom_function
    def solve(A, B):
        return mx.linalg.solve(A, B, stream=mx.cpu)

    @solve.vjp
    def solve_vjp(primals, cotangent, solution):
        grad_b = mx.linalg.solve(primals[0].swapaxes(-1, -2), cotangent, stream=mx.cpu)
        return -(grad_b @ solution.swapaxes(-1, -2)), grad_b

    return solve(A, B)


def linalg_solve(A, B, *, left=True):
    """``torch.linalg.solve``: AX = B, or XA = B with left=False.

    A batch of vectors is told from matrices by its shape, batches broadcast, and both arguments have a gradient.
    """
    if not left:
        return linalg_solve(A.swapaxes(-1, -2), B.swapaxes(-1, -2)).swapaxes(-1, -2)
    is_vector = B.ndim == 1 or B.shape == A.shape[:-1]
    right = B[..., None] if is_vector else B
    batch = mx.broadcast_shapes(A.shape[:-2], right.shape[:-2])
    A, right = (mx.broadcast_to(side, batch + side.shape[-2:]) for side in (A, right))
    solution = _solve_system(A, right)
    return solution[..., 0] if is_vector else solution


def linalg_eigh(A, UPLO="L"):
    """``torch.linalg.eigh``, with a gradient: the pair (eigenvalues, eigenvectors)."""

    @mx.custom_function
    def eigh(A):
        return tuple(mx.linalg.eigh(A, stream=mx.cpu))

    @eigh.vjp
    def eigh_vjp(A, cotangents, outputs):
        (grad_values, grad_vectors), (values, vectors) = cotangents, outputs
        transposed = vectors.swapaxes(-1, -2)
        gaps = values[..., None, :] - values[..., :, None]
        inner = mx.where(gaps == 0, 0, transposed @ grad_vectors / mx.where(gaps == 0, 1, gaps))
        inner = inner + grad_values[..., None] * mx.eye(values.shape[-1], dtype=values.dtype)
        grad = vectors @ inner @ transposed
        return (grad + grad.swapaxes(-1, -2)) / 2

    return eigh(A.swapaxes(-1, -2) if UPLO == "U" else A)


def linalg_eigvalsh(A, UPLO="L"):
    """``torch.linalg.eigvalsh``, with a gradient."""
    return linalg_eigh(A, UPLO)[0]
