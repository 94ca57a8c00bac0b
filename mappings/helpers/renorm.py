import mlx.core as mx

from .vector_norm import vector_norm


def renorm(input, p, dim, maxnorm):
    """``torch.renorm``: slices along `dim` whose p-norm is above `maxnorm` are scaled down to it."""
    norm = vector_norm(input, p, tuple(k for k in range(input.ndim) if k != dim % input.ndim), True)
    return input * mx.where(norm > maxnorm, maxnorm / (norm + 1e-7), 1).astype(input.dtype)
