import mlx.core as mx
import numpy as np

from .differentiable_linalg import linalg_solve
from .matrix_functions import matrix_exp
from .parametrize import register_parametrization
from .register_buffer import register_buffer
from .torch_module import _TorchModule


def _householder_product(vectors, scales):
    """The product of the reflections that the columns below the diagonal are; differentiable."""
    n, k = vectors.shape[-2:]
    unit = mx.eye(n, k, dtype=vectors.dtype)
    vectors, product = mx.tril(vectors, -1) + unit, mx.broadcast_to(unit, vectors.shape)
    for i in reversed(range(k)):
        v = vectors[..., i : i + 1]
        product = product - scales[..., i, None, None] * (v @ (v.swapaxes(-1, -2) @ product))
    return product


def _reflections(matrix):
    """LAPACK's `geqrf` of one matrix: the reflections below the diagonal, on it the signs of the factor R."""
    a = np.array(matrix)
    for i in range(a.shape[1]):
        head, tail = a[i, i], a[i + 1 :, i].copy()
        size = np.linalg.norm(a[i:, i])
        if not np.any(tail):
            a[i, i] = -np.sign(head)
            continue
        corner = -np.copysign(size, head)
        v = np.concatenate([np.ones(1, a.dtype), tail / (head - corner)])
        a[i:, i + 1 :] -= (corner - head) / corner * np.outer(v, v @ a[i:, i + 1 :])
        a[i, i], a[i + 1 :, i] = np.sign(corner), v[1:]
    return a


def _made_orthogonal(matrix):
    q, r = mx.linalg.qr(matrix, stream=mx.cpu)
    return q * mx.sign(mx.diagonal(r, axis1=-2, axis2=-1))[..., None, :]


def _is_orthogonal(matrix):
    n, k = matrix.shape[-2:]
    close = 10 * n * mx.finfo(matrix.dtype).eps
    return mx.allclose(matrix.swapaxes(-1, -2) @ matrix, mx.eye(k, dtype=matrix.dtype), atol=close).item()


class _Orthogonal(_TorchModule):
    """PyTorch's parametrization of matrices with orthonormal rows or columns."""

    def __init__(self, weight, orthogonal_map, use_trivialization=True):
        super().__init__()
        self.shape, self.orthogonal_map = weight.shape, orthogonal_map
        if use_trivialization:
            register_buffer(self, "base", None)
        self.use_trivialization = use_trivialization

    def __call__(self, x):
        wide = x.shape[-2] < x.shape[-1]
        if wide:
            x = x.swapaxes(-1, -2)
        n, k = x.shape[-2:]
        if self.orthogonal_map == "householder":
            reflections = mx.tril(x, -1)
            q = _householder_product(reflections, 2 / (1 + mx.sum(mx.square(reflections), axis=-2)))
            q = q * mx.stop_gradient(mx.trunc(mx.diagonal(x, axis1=-2, axis2=-1)))[..., None, :]
        else:
            x = mx.tril(x)
            if n != k:
                x = mx.concatenate([x, mx.zeros((*x.shape[:-1], n - k), x.dtype)], axis=-1)
            skew = x - x.swapaxes(-1, -2)
            if self.orthogonal_map == "matrix_exp":
                q = matrix_exp(skew)
            else:
                identity = mx.eye(n, dtype=x.dtype)
                q = linalg_solve(identity - 0.5 * skew, identity + 0.5 * skew)
            q = q[..., :k]
        if self.use_trivialization:
            q = self.base @ q
        return q.swapaxes(-1, -2) if wide else q

    def right_inverse(self, q):
        given, wide = q, q.shape[-2] < q.shape[-1]
        if wide:
            q = q.swapaxes(-1, -2)
        n, k = q.shape[-2:]
        if not self.use_trivialization:
            if self.orthogonal_map != "householder":
                raise NotImplementedError("no matrix can be assigned to this map when use_trivialization=False")
            x = mx.array(np.stack([_reflections(m) for m in np.array(q).reshape(-1, n, k)])).reshape(q.shape)
            return x.swapaxes(-1, -2) if wide else x
        if n != k:
            q = mx.concatenate([q, mx.random.normal((*q.shape[:-1], n - k), q.dtype)], axis=-1)
        self.base = q if n == k and _is_orthogonal(q) else _made_orthogonal(q)
        return mx.broadcast_to(-mx.eye(*given.shape[-2:], dtype=given.dtype), given.shape)


def orthogonal(module, name="weight", orthogonal_map=None, *, use_trivialization=True):
    """PyTorch's `parametrizations.orthogonal`: the matrix, or batch of matrices, stays orthogonal in training."""
    weight = module[name]
    if weight.ndim < 2:
        raise ValueError(f"expected a matrix or batch of matrices, got {weight.ndim} dimensions")
    if orthogonal_map is None:
        orthogonal_map = "matrix_exp" if weight.shape[-2] == weight.shape[-1] else "householder"
    if orthogonal_map not in ("matrix_exp", "cayley", "householder"):
        raise ValueError(f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder", got: {orthogonal_map}')
    return register_parametrization(module, name, _Orthogonal(weight, orthogonal_map, use_trivialization), unsafe=True)
