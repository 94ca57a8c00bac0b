"""A small decoder in which attention and norms are written out, as in many repositories."""
import math

import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat


class RMSNorm(nn.Module):

    def __init__(self, dim: int, eps: float = 1e-6):
        super().__init__()
        self.weight = mx.ones((dim,))
        self.eps = eps

    def __call__(self, x):
        # mean square in full precision
        return mx.fast.rms_norm(x, self.weight, eps=self.eps)


class LayerNorm(nn.Module):
    "Mean and variance along the features."

    def __init__(self, features: int, eps=1e-5):
        super().__init__()
        self.gain = mx.ones((features,))
        self.bias = mx.zeros((features,))
        self.eps = eps

    def __call__(self, x):
        return mx.fast.layer_norm(x, self.gain, self.bias, eps=self.eps)


class Attention(nn.Module):

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.scale = (width // heads) ** -0.5
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width)
        self.attn_drop = nn.Dropout(0.)

    def split(self, t):
        b, n, c = t.shape
        return t.reshape(b, n, self.heads, c // self.heads).swapaxes(1, 2)

    def __call__(self, x, mask=None):
        b, n, c = x.shape
        q, k, v = compat.chunk(self.qkv(x), 3, dim=-1)
        q = q.reshape(b, n, self.heads, c // self.heads).swapaxes(1, 2)
        k, v = self.split(k), self.split(v)

        # hidden from every query
        x = (mx.fast.scaled_dot_product_attention(q, k, v, scale=self.scale, mask=mask)).swapaxes(1, 2).reshape(b, n, c)
        return self.out(x)


class Block(nn.Module):

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.norm1 = RMSNorm(width)
        self.attn = Attention(width, heads)
        self.norm2 = LayerNorm(width)
        self.ff = compat.Sequential(nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, width))

    def __call__(self, x, mask=None):
        x = x + self.attn(self.norm1(x), mask)
        return x + self.ff(self.norm2(x))


class Decoder(nn.Module):

    def __init__(self, width: int, heads: int, depth: int):
        super().__init__()
        self.blocks = [Block(width, heads) for _ in range(depth)]
        self.norm = RMSNorm(width)

    def __call__(self, x, keep=None):
        n = x.shape[1]
        mask = mx.tril(mx.ones((n, n), dtype=mx.bool_))[None, None]
        if keep is not None:
            mask = mask & keep[:, None, None, :]
        for block in self.blocks:
            x = block(x, mask)
        return self.norm(x)


class Pooling(nn.Module):
    """Attention whose weights are shown, with dropout: nothing is fused."""

    def __init__(self, width: int, heads: int, dropout: float = 0.1):
        super().__init__()
        self.heads = heads
        self.drop = nn.Dropout(dropout)
        self.query = mx.random.normal((heads, 1, width // heads))

    def __call__(self, x):
        b, n, c = x.shape
        k = x.reshape(b, n, self.heads, c // self.heads).swapaxes(1, 2)
        scores = self.query @ k.swapaxes(-2, -1) / math.sqrt(c // self.heads)
        weights = mx.softmax(scores, axis=-1, precise=True)
        return (self.drop(weights) @ k).flatten(1), weights
