import functools
import math
import operator

import mlx.core as mx

from .differentiable_linalg import linalg_inv, linalg_slogdet, linalg_solve


def cross(input, other, dim=None):
    """``torch.cross`` (`dim` None: the first dimension of size 3) and ``torch.linalg.cross``."""
    input, other = mx.broadcast_arrays(input, other)
    return mx.linalg.cross(input, other, axis=input.shape.index(3) if dim is None else dim)


def multi_dot(tensors):
    """``torch.linalg.multi_dot``, from left to right."""
    return functools.reduce(operator.matmul, tensors)


def _identity_like(matrix):
    return mx.broadcast_to(mx.eye(matrix.shape[-1], dtype=matrix.dtype), matrix.shape)


def matrix_power(input, n):
    """``torch.linalg.matrix_power`` by repeated squaring; a negative power is one of the inverse."""
    if n < 0:
        return matrix_power(linalg_inv(input), -n)
    output, square = _identity_like(input), input
    while n:
        if n & 1:
            output = output @ square
        n >>= 1
        if n:
            square = square @ square
    return output


def matrix_exp(A):
    """``torch.linalg.matrix_exp``: scaled to a norm of 3 (the norm is evaluated), a Taylor polynomial, squared back. Each square loses digits."""
    norm = mx.max(mx.sum(mx.abs(A), axis=-1)).item() if A.size else 0
    halvings = max(0, math.ceil(math.log2(norm / 3))) if norm > 0 else 0
    small = A / 2**halvings
    output = term = _identity_like(A)
    for k in range(1, 19):
        term = term @ small / k
        output = output + term
    for _ in range(halvings):
        output = output @ output
    return output


def logdet(input):
    """``torch.logdet``: NaN for a negative determinant."""
    sign, log = linalg_slogdet(input)
    return mx.where(sign < 0, math.nan, log).astype(log.dtype)


def tensorinv(input, ind=2):
    """``torch.linalg.tensorinv``."""
    lead = input.shape[:ind]
    matrix = input.reshape(math.prod(lead), -1)
    return linalg_inv(matrix).reshape(input.shape[ind:] + lead)


def tensorsolve(A, B):
    """``torch.linalg.tensorsolve``, without `dims`."""
    solution = linalg_solve(A.reshape(B.size, B.size), B.reshape(-1))
    return solution.reshape(A.shape[B.ndim:])
