import mlx.core as mx

from .vector_norm import vector_norm


def normalize(input, p=2.0, dim=1, eps=1e-12):
    """``F.normalize``: input / max(norm, eps) along `dim`; the gradient is finite at 0."""
    return input / mx.maximum(vector_norm(input, p, dim, True), eps)
