import math

import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat


class TimeEmbedding(nn.Module):
    def __init__(self, dim, max_period=10000):
        super().__init__()
        self.dim = dim
        self.max_period = max_period

    def __call__(self, t):
        half = self.dim // 2
        freqs = mx.exp(mx.arange(half) * -(math.log(self.max_period) / (half - 1)))
        args = t[:, None] * freqs[None, :]
        emb = mx.concatenate((args.sin(), args.cos()), axis=-1)
        if self.dim % 2:
            emb = compat.pad(emb, (0, 1))
        return emb


class FiLM(nn.Module):
    """Scale and shift of the channels, from the time."""

    def __init__(self, channels, time_dim):
        super().__init__()
        self.norm = compat.GroupNorm(2, channels)
        self.conv = compat.Conv2d(channels, channels, 3, padding=1)
        self.mlp = compat.Sequential(nn.SiLU(), nn.Linear(time_dim, channels * 2))

    def __call__(self, x, emb):
        scale, shift = compat.chunk(self.mlp(emb)[:, :, None, None], 2, dim=1)
        h = self.norm(x) * (scale + 1) + shift
        return x + self.conv(nn.silu(h))


class LinearAttention(nn.Module):
    def __init__(self, dim, heads=2, dim_head=4):
        super().__init__()
        self.scale, self.heads = dim_head ** -0.5, heads
        self.to_qkv = compat.Conv2d(dim, heads * dim_head * 3, 1, bias=False)
        self.to_out = compat.Conv2d(heads * dim_head, dim, 1)

    def __call__(self, x):
        b, c, h, w = x.shape
        qkv = compat.chunk(self.to_qkv(x), 3, dim=1)
        q, k, v = [t.reshape(b, self.heads, -1, h * w) for t in qkv]
        q = mx.softmax(q, axis=-2, precise=True) * self.scale
        k = mx.softmax(k, axis=-1, precise=True)
        context = mx.einsum('b h d n, b h e n -> b h d e', k, v)
        out = mx.einsum('b h d e, b h d n -> b h e n', context, q)
        return self.to_out(out.reshape(b, -1, h, w))


class Denoiser(nn.Module):
    def __init__(self, channels=1, dim=8):
        super().__init__()
        self.time = compat.Sequential(TimeEmbedding(dim), nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, 4 * dim))
        self.stem = compat.Conv2d(channels, dim, 7, padding=3)
        self.down = FiLM(dim, 4 * dim)
        self.shrink = compat.Conv2d(dim, dim, 4, stride=2, padding=1)
        self.mid = [FiLM(dim, 4 * dim), LinearAttention(dim), FiLM(dim, 4 * dim)]
        self.grow = compat.Sequential(compat.Upsample(scale_factor=2, mode='nearest'), compat.Conv2d(dim, dim, 3, padding=1))
        self.out = compat.Conv2d(2 * dim, channels, 1)
        compat.zeros_(self.out.weight)

    def __call__(self, x, time):
        emb = self.time(time)
        skip = x = self.down(self.stem(x), emb)
        x = self.shrink(x)
        first, attn, last = self.mid
        x = last(attn(first(x, emb)) + first(x, emb), emb)
        return self.out(mx.concatenate((self.grow(x), skip), axis=1))
