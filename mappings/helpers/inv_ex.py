"""Linear algebra that reports singular matrices instead of raising."""

from typing import NamedTuple

import mlx.core as mx

from .differentiable_linalg import linalg_inv, linalg_solve


class _Inverse(NamedTuple):
    inverse: mx.array
    info: mx.array


class _Solution(NamedTuple):
    result: mx.array
    info: mx.array


def _regular(A):
    """The matrices, a unit matrix in the place of each singular one, and PyTorch's `info`: the number of the first pivot that is zero, or 0."""
    *_, upper = mx.linalg.lu(mx.stop_gradient(A), stream=mx.cpu)
    is_zero = mx.diagonal(upper, axis1=-2, axis2=-1) == 0
    info = mx.where(mx.any(is_zero, axis=-1), mx.argmax(is_zero, axis=-1).astype(mx.int32) + 1, mx.array(0, mx.int32))
    return mx.where((info != 0)[..., None, None], mx.eye(A.shape[-1], dtype=A.dtype), A), info


def inv_ex(A, *, check_errors=False):
    """`torch.linalg.inv_ex`; where `info` is not 0, the inverse is NaN."""
    regular, info = _regular(A)
    inverse = linalg_inv(regular)
    return _Inverse(mx.where((info != 0)[..., None, None], mx.array(mx.nan, A.dtype), inverse), info)


def solve_ex(A, B, *, left=True, check_errors=False):
    """`torch.linalg.solve_ex`; where `info` is not 0, the result is NaN."""
    regular, info = _regular(A)
    is_vector = B.ndim == 1 or B.shape == A.shape[:-1]
    right = B[..., None] if is_vector else B
    batch = mx.broadcast_shapes(regular.shape[:-2], right.shape[:-2])
    regular, right = (mx.broadcast_to(side, batch + side.shape[-2:]) for side in (regular, right))
    result = linalg_solve(regular, right, left=left)
    result = mx.where((info != 0)[..., None, None], mx.array(mx.nan, A.dtype), result)
    return _Solution(result[..., 0] if is_vector else result, info)
