import mlx.core as mx
import mlx.nn as nn
from .. import mlx_compat as compat


class LayerNorm2d(compat.LayerNorm):
    """LayerNorm over the channels of (b, c, h, w)."""

    def __init__(self, num_channels: int, eps: float = 1e-6) -> None:
        super().__init__(num_channels, eps=eps)

    def __call__(self, x: mx.array) -> mx.array:
        x = x.transpose(0, 2, 3, 1)
        x = super().__call__(x)
        return x.transpose(0, 3, 1, 2)


class RMSNorm(nn.Module):
    def __init__(self, dim: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.weight = mx.ones((dim,))

    def _norm(self, x: mx.array) -> mx.array:
        return x * mx.rsqrt((x ** 2).mean(axis=-1, keepdims=True) + self.eps)

    def __call__(self, x: mx.array) -> mx.array:
        return self._norm(x.astype(mx.float32)).astype(x.dtype) * self.weight
