import math

import torch
from torch import nn
import torch.nn.functional as F


class TimeEmbedding(nn.Module):
    def __init__(self, dim, max_period=10000):
        super().__init__()
        self.dim = dim
        self.max_period = max_period

    def forward(self, t):
        half = self.dim // 2
        freqs = torch.exp(torch.arange(half, device=t.device) * -(math.log(self.max_period) / (half - 1)))
        args = t[:, None] * freqs[None, :]
        emb = torch.cat((args.sin(), args.cos()), dim=-1)
        if self.dim % 2:
            emb = F.pad(emb, (0, 1))
        return emb


class FiLM(nn.Module):
    """Scale and shift of the channels, from the time."""

    def __init__(self, channels, time_dim):
        super().__init__()
        self.norm = nn.GroupNorm(2, channels)
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.mlp = nn.Sequential(nn.SiLU(), nn.Linear(time_dim, channels * 2))

    def forward(self, x, emb):
        scale, shift = self.mlp(emb)[:, :, None, None].chunk(2, dim=1)
        h = self.norm(x) * (scale + 1) + shift
        return x + self.conv(F.silu(h))


class LinearAttention(nn.Module):
    def __init__(self, dim, heads=2, dim_head=4):
        super().__init__()
        self.scale, self.heads = dim_head ** -0.5, heads
        self.to_qkv = nn.Conv2d(dim, heads * dim_head * 3, 1, bias=False)
        self.to_out = nn.Conv2d(heads * dim_head, dim, 1)

    def forward(self, x):
        b, c, h, w = x.shape
        qkv = self.to_qkv(x).chunk(3, dim=1)
        q, k, v = [t.reshape(b, self.heads, -1, h * w) for t in qkv]
        q = q.softmax(dim=-2) * self.scale
        k = k.softmax(dim=-1)
        context = torch.einsum('b h d n, b h e n -> b h d e', k, v)
        out = torch.einsum('b h d e, b h d n -> b h e n', context, q)
        return self.to_out(out.reshape(b, -1, h, w))


class Denoiser(nn.Module):
    def __init__(self, channels=1, dim=8):
        super().__init__()
        self.time = nn.Sequential(TimeEmbedding(dim), nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, 4 * dim))
        self.stem = nn.Conv2d(channels, dim, 7, padding=3)
        self.down = FiLM(dim, 4 * dim)
        self.shrink = nn.Conv2d(dim, dim, 4, 2, 1)
        self.mid = nn.ModuleList([FiLM(dim, 4 * dim), LinearAttention(dim), FiLM(dim, 4 * dim)])
        self.grow = nn.Sequential(nn.Upsample(scale_factor=2, mode='nearest'), nn.Conv2d(dim, dim, 3, padding=1))
        self.out = nn.Conv2d(2 * dim, channels, 1)
        nn.init.zeros_(self.out.weight)

    def forward(self, x, time):
        emb = self.time(time)
        skip = x = self.down(self.stem(x), emb)
        x = self.shrink(x)
        first, attn, last = self.mid
        x = last(attn(first(x, emb)) + first(x, emb), emb)
        return self.out(torch.cat((self.grow(x), skip), dim=1))
