import mlx.core as mx
import numpy as np

from .host_array import host_array


def _solve(A, B, upper):
    """`mx.linalg.solve_triangular` has no gradient for the matrix; this one has."""

    @mx.custom_function
    def solve(A, B):
        return mx.linalg.solve_triangular(A, B, upper=upper, stream=mx.cpu)

    @solve.vjp
    def solve_vjp(primals, cotangent, output):
        grad_b = mx.linalg.solve_triangular(primals[0].swapaxes(-1, -2), cotangent, upper=not upper, stream=mx.cpu)
        grad_a = -(grad_b @ output.swapaxes(-1, -2))
        return (mx.triu(grad_a) if upper else mx.tril(grad_a)), grad_b

    return solve(A, B)


def solve_triangular(A, B, upper, left=True, unitriangular=False):
    """``torch.linalg.solve_triangular``: AX = B, or XA = B with left=False; `unitriangular` takes the diagonal as ones."""
    if not left:
        flipped = solve_triangular(A.swapaxes(-1, -2), B.swapaxes(-1, -2), upper=not upper, unitriangular=unitriangular)
        return flipped.swapaxes(-1, -2)
    if unitriangular:
        A = mx.where(mx.eye(A.shape[-1], dtype=mx.bool_), 1, A).astype(A.dtype)
    batch = mx.broadcast_shapes(A.shape[:-2], B.shape[:-2])
    A, B = (mx.broadcast_to(m, batch + m.shape[-2:]) for m in (A, B))
    return _solve(mx.triu(A) if upper else mx.tril(A), B, upper)


def triangular_solve(b, A, upper=True, transpose=False, unitriangular=False):
    """``torch.triangular_solve``: the pair (solution, a copy of A)."""
    matrix, is_upper = (A.swapaxes(-1, -2), not upper) if transpose else (A, upper)
    solution = solve_triangular(matrix, b, upper=is_upper, unitriangular=unitriangular)
    return solution, mx.broadcast_to(A, solution.shape[:-2] + A.shape[-2:])


def cholesky_solve(B, L, upper=False):
    """``torch.cholesky_solve``: the solution for the matrix whose Cholesky factor is `L`."""
    transposed = L.swapaxes(-1, -2)
    lower, higher = (transposed, L) if upper else (L, transposed)
    return solve_triangular(higher, solve_triangular(lower, B, upper=False), upper=True)


def cholesky_inverse(input, upper=False):
    """``torch.cholesky_inverse``, with a gradient."""
    return cholesky_solve(mx.eye(input.shape[-1], dtype=input.dtype), input, upper)


def cholesky_ex(A, upper=False):
    """``torch.linalg.cholesky_ex``: the pair (factor, info); info is 1, not the order of the failing minor, where A is not positive."""
    smallest = mx.min(mx.linalg.eigvalsh(A, stream=mx.cpu), axis=-1)
    return mx.linalg.cholesky(A, upper=upper, stream=mx.cpu), (smallest <= 0).astype(mx.int32)


def linalg_lu(A):
    """``torch.linalg.lu``: (P, L, U) with P as a matrix."""
    rows, lower, upper = mx.linalg.lu(A, stream=mx.cpu)
    return mx.take(mx.eye(A.shape[-2], dtype=A.dtype), rows, axis=0), lower, upper


def differentiable_lu(A):
    """``torch.linalg.lu`` with a gradient, which MLX's factors lack: that of square matrices. Of others MLX raises."""
    P, L, U = linalg_lu(mx.stop_gradient(A) if A.shape[-1] == A.shape[-2] else A)
    if A.shape[-1] != A.shape[-2]:
        return P, L, U
    # Around A it is P L (I + S) U, where the part of S below the diagonal changes L, and the rest U.
    P, L, U = map(mx.stop_gradient, (P, L, U))
    identity = mx.eye(A.shape[-1], dtype=A.dtype)
    inner = mx.linalg.tri_inv(L, stream=mx.cpu) @ mx.swapaxes(P, -1, -2) @ A @ mx.linalg.tri_inv(U, upper=True, stream=mx.cpu)
    change = inner - mx.stop_gradient(inner)
    return P, L @ (identity + mx.tril(change, -1)), (identity + mx.triu(change)) @ U


def lu_factor(A):
    """``torch.linalg.lu_factor``: the pivots are int32 and count from 1."""
    factors, pivots = mx.linalg.lu_factor(A, stream=mx.cpu)
    return factors, pivots.astype(mx.int32) + 1


def lu_solve(B, LU, pivots):
    """``torch.lu_solve`` of one system, from the result of `lu_factor`."""
    if LU.ndim != 2:
        raise NotImplementedError("lu_solve of a batch")
    order = np.arange(LU.shape[-1])
    for row, pivot in enumerate(host_array(pivots)):
        order[[row, pivot - 1]] = order[[pivot - 1, row]]
    lower = solve_triangular(LU, mx.take(B, mx.array(order), axis=-2), upper=False, unitriangular=True)
    return solve_triangular(LU, lower, upper=True)
