"""Linear algebra of complex numbers, by systems of twice as many real ones: MLX has it for those alone."""

import mlx.core as mx

from .differentiable_linalg import linalg_solve


def complex_solve(A, B, *, left=True):
    """``torch.linalg.solve`` of complex matrices, with gradients."""
    if not left:
        return complex_solve(A.swapaxes(-1, -2), B.swapaxes(-1, -2)).swapaxes(-1, -2)
    if B.ndim == 1 or B.shape == A.shape[:-1]:
        return complex_solve(A, B[..., None])[..., 0]
    a, b = mx.real(A), mx.imag(A)
    matrix = mx.concatenate([mx.concatenate([a, -b], axis=-1), mx.concatenate([b, a], axis=-1)], axis=-2)
    real, imaginary = mx.split(linalg_solve(matrix, mx.concatenate([mx.real(B), mx.imag(B)], axis=-2)), 2, axis=-2)
    return real + 1j * imaginary


def complex_inv(A):
    """``torch.linalg.inv`` of complex matrices, with a gradient."""
    return complex_solve(A, mx.broadcast_to(mx.eye(A.shape[-1]), A.shape).astype(A.dtype))
