"""A small decoder in which attention and norms are written out, as in many repositories."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class RMSNorm(nn.Module):

    def __init__(self, dim: int, eps: float = 1e-6):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.eps = eps

    def forward(self, x):
        input_dtype = x.dtype
        x = x.to(torch.float32)
        # mean square in full precision
        variance = x.pow(2).mean(-1, keepdim=True)
        x = x * torch.rsqrt(variance + self.eps)
        return self.weight * x.to(input_dtype)


class LayerNorm(nn.Module):
    "Mean and variance along the features."

    def __init__(self, features: int, eps=1e-5):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(features))
        self.bias = nn.Parameter(torch.zeros(features))
        self.eps = eps

    def forward(self, x):
        mean = x.mean(dim=-1, keepdim=True)
        var = ((x - mean) ** 2).mean(dim=-1, keepdim=True)
        return self.gain * (x - mean) / torch.sqrt(var + self.eps) + self.bias


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
        return t.view(b, n, self.heads, c // self.heads).transpose(1, 2)

    def forward(self, x, mask=None):
        b, n, c = x.shape
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        q = q.reshape(b, n, self.heads, c // self.heads).transpose(1, 2)
        k, v = self.split(k), self.split(v)

        q = q * self.scale
        attn = q @ k.transpose(-2, -1)
        if mask is not None:
            # hidden from every query
            attn = attn.masked_fill(~mask, float("-inf"))
        attn = attn.softmax(dim=-1)
        attn = self.attn_drop(attn)
        x = (attn @ v).transpose(1, 2).reshape(b, n, c)
        return self.out(x)


class Block(nn.Module):

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.norm1 = RMSNorm(width)
        self.attn = Attention(width, heads)
        self.norm2 = LayerNorm(width)
        self.ff = nn.Sequential(nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, width))

    def forward(self, x, mask=None):
        x = x + self.attn(self.norm1(x), mask)
        return x + self.ff(self.norm2(x))


class Decoder(nn.Module):

    def __init__(self, width: int, heads: int, depth: int):
        super().__init__()
        self.blocks = nn.ModuleList([Block(width, heads) for _ in range(depth)])
        self.norm = RMSNorm(width)

    def forward(self, x, keep=None):
        n = x.shape[1]
        mask = torch.ones(n, n, dtype=torch.bool).tril()[None, None]
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
        self.query = nn.Parameter(torch.randn(heads, 1, width // heads))

    def forward(self, x):
        b, n, c = x.shape
        k = x.view(b, n, self.heads, c // self.heads).transpose(1, 2)
        scores = torch.matmul(self.query, k.transpose(-2, -1)) / math.sqrt(c // self.heads)
        weights = F.softmax(scores.float(), dim=-1).type_as(scores)
        return (self.drop(weights) @ k).flatten(1), weights
