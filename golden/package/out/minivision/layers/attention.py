import mlx.core as mx
import mlx.nn as nn
from .. import mlx_compat as compat

from ..utils.params import channels_of
from .norm import RMSNorm


class TokenMixer(nn.Module):
    """Attention over the positions of a feature map, with pre-norm and residual."""

    def __init__(self, dim, heads=2):
        super().__init__()
        self.heads = heads
        self.norm = RMSNorm(dim)
        self.to_qkv = nn.Linear(dim, dim * 3, bias=False)
        self.to_out = nn.Linear(dim, dim)

    def __call__(self, fmap):
        b, c, h, w = fmap.shape
        x = fmap.flatten(2).swapaxes(1, 2)
        assert channels_of(x) == c
        q, k, v = compat.chunk(self.to_qkv(self.norm(x)), 3, dim=-1)
        q, k, v = map(lambda t: t.reshape(b, h * w, self.heads, c // self.heads).transpose(0, 2, 1, 3), (q, k, v))
        dots = q @ k.swapaxes(-1, -2) * (c // self.heads) ** -0.5
        out = mx.softmax(dots, axis=-1, precise=True) @ v
        out = out.transpose(0, 2, 1, 3).reshape(b, h * w, c)
        return fmap + self.to_out(out).swapaxes(1, 2).reshape(b, c, h, w)
