"""Linear algebra with gradients: MLX has none for determinants, inverses, factors, eigenvalues, singular values and the matrix of a system."""

import mlx.core as mx
import numpy as np


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


def _inverse_of_regular(A, is_singular):
    if A.size == 0:
        return A  # MLX's inverse of 0 by 0 crashes
    return linalg_inv(mx.where(is_singular[..., None, None], mx.eye(A.shape[-1], dtype=A.dtype), A)).swapaxes(-1, -2)


def linalg_det(A):
    """``torch.linalg.det``, with a gradient: zero at a determinant of zero, as in PyTorch."""

    @mx.custom_function
    def det(A):
        return mx.linalg.det(A, stream=mx.cpu)

    @det.vjp
    def det_vjp(A, cotangent, value):
        return (cotangent * value)[..., None, None] * _inverse_of_regular(A, value == 0)

    return det(A)


def linalg_slogdet(A):
    """``torch.linalg.slogdet``, with a gradient: NaN at a determinant of zero, where PyTorch's is infinite or NaN."""

    @mx.custom_function
    def slogdet(A):
        return tuple(mx.linalg.slogdet(A, stream=mx.cpu))

    @slogdet.vjp
    def slogdet_vjp(A, cotangents, outputs):
        is_singular = outputs[0] == 0
        rate = mx.where(is_singular, mx.nan, cotangents[1]).astype(A.dtype)
        return rate[..., None, None] * _inverse_of_regular(A, is_singular)

    return slogdet(A)


def _require_positive(A):
    """Raises where PyTorch's Cholesky factors do: MLX returns what it has got by then."""
    try:
        values = np.array(A)
    except (RuntimeError, ValueError):
        return  # inside of mx.compile and mx.vmap no values are known
    try:
        is_positive = not np.isnan(np.linalg.cholesky(values)).any()
    except np.linalg.LinAlgError:
        is_positive = False
    if not is_positive:
        raise RuntimeError("linalg.cholesky: The factorization could not be completed because the input is not positive-definite")


def linalg_cholesky(A, *, upper=False):
    """``torch.linalg.cholesky``, with a gradient. A matrix that is not positive definite raises a RuntimeError."""
    _require_positive(A)

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


def _solve_complex_system(A, B):
    """A system of twice as many real numbers: MLX solves those alone."""
    A, B = A.astype(mx.complex64), B.astype(mx.complex64)
    a, b = mx.real(A), mx.imag(A)
    matrix = mx.concatenate([mx.concatenate([a, -b], axis=-1), mx.concatenate([b, a], axis=-1)], axis=-2)
    real, imaginary = mx.split(_solve_system(matrix, mx.concatenate([mx.real(B), mx.imag(B)], axis=-2)), 2, axis=-2)
    return real + 1j * imaginary


def linalg_solve(A, B, *, left=True):
    """``torch.linalg.solve``: AX = B, or XA = B with left=False, of real and complex numbers.

    A batch of vectors is told from matrices by its shape, batches broadcast, and both arguments have a gradient.
    """
    if not left:
        return linalg_solve(A.swapaxes(-1, -2), B.swapaxes(-1, -2)).swapaxes(-1, -2)
    is_vector = B.ndim == 1 or B.shape == A.shape[:-1]
    right = B[..., None] if is_vector else B
    batch = mx.broadcast_shapes(A.shape[:-2], right.shape[:-2])
    A, right = (mx.broadcast_to(side, batch + side.shape[-2:]) for side in (A, right))
    solution = (_solve_complex_system if mx.complex64 in (A.dtype, right.dtype) else _solve_system)(A, right)
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


def _reduced_svd(A):
    @mx.custom_function
    def svd(A):
        u, s, vh = mx.linalg.svd(A, stream=mx.cpu)
        size = s.shape[-1]
        return u[..., :size], s, vh[..., :size, :]

    @svd.vjp
    def svd_vjp(A, cotangents, outputs):
        (grad_u, grad_s, grad_vh), (u, s, vh) = cotangents, outputs
        rows, columns, size = A.shape[-2], A.shape[-1], s.shape[-1]
        squares = s * s
        gaps = squares[..., None, :] - squares[..., :, None]
        rate = mx.where(gaps == 0, 0, 1 / mx.where(gaps == 0, 1, gaps))
        inverse = mx.where(s == 0, 0, 1 / mx.where(s == 0, 1, s))
        in_u = u.swapaxes(-1, -2) @ grad_u
        in_v = grad_vh @ vh.swapaxes(-1, -2)
        inner = rate * (in_u - in_u.swapaxes(-1, -2)) * s[..., None, :] - s[..., :, None] * rate * (in_v - in_v.swapaxes(-1, -2))
        inner = inner + grad_s[..., None] * mx.eye(size, dtype=s.dtype)
        grad = u @ inner @ vh
        if rows > size:
            grad = grad + (grad_u - u @ in_u) * inverse[..., None, :] @ vh
        if columns > size:
            grad = grad + u @ (inverse[..., :, None] * (grad_vh - in_v @ vh))
        return grad

    return svd(A)


def linalg_svd(A, full_matrices=True):
    """``torch.linalg.svd``, with a gradient: (U, S, Vh). As in PyTorch, that of U and Vh has to be of reduced ones."""
    rows, columns = A.shape[-2:]
    u, s, vh = _reduced_svd(A)
    if full_matrices and rows != columns:
        u, _, vh = mx.linalg.svd(mx.stop_gradient(A), stream=mx.cpu)
    return u, s, vh


def linalg_svdvals(A):
    """``torch.linalg.svdvals``, with a gradient."""
    return _reduced_svd(A)[1]


def linalg_qr(A):
    """``torch.linalg.qr`` in its reduced form, with a gradient: (Q, R)."""
    rows, columns = A.shape[-2:]
    if columns > rows:
        q, r = linalg_qr(A[..., :rows])
        return q, mx.concatenate([r, q.swapaxes(-1, -2) @ A[..., rows:]], axis=-1)

    @mx.custom_function
    def qr(A):
        return tuple(mx.linalg.qr(A, stream=mx.cpu))

    @qr.vjp
    def qr_vjp(A, cotangents, outputs):
        (grad_q, grad_r), (q, r) = cotangents, outputs
        inner = r @ grad_r.swapaxes(-1, -2) - grad_q.swapaxes(-1, -2) @ q
        inner = mx.tril(inner) + mx.tril(inner, -1).swapaxes(-1, -2)
        half = grad_q + q @ inner
        return mx.linalg.solve_triangular(r, half.swapaxes(-1, -2), upper=True, stream=mx.cpu).swapaxes(-1, -2)

    return qr(A)


def linalg_pinv(A):
    """``torch.linalg.pinv`` with the default tolerance, with a gradient."""

    @mx.custom_function
    def pinv(A):
        return mx.linalg.pinv(A, stream=mx.cpu)

    @pinv.vjp
    def pinv_vjp(A, cotangent, inverse):
        grad, transposed = cotangent.swapaxes(-1, -2), inverse.swapaxes(-1, -2)
        within = transposed @ cotangent @ transposed
        left = (grad - A @ (inverse @ grad)) @ inverse @ transposed
        return left + transposed @ inverse @ (grad - grad @ inverse @ A) - within

    return pinv(A)
