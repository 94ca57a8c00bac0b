import math

import torch
from torch import nn


def get_slopes(heads):
    """Slopes of ALiBi: a geometric series, filled up with every other one of the next finer series."""
    whole = 2 ** int(math.log2(heads))
    slopes = [2.0 ** (-8.0 * (i + 1) / whole) for i in range(whole)]
    if whole < heads:
        finer = [2.0 ** (-4.0 * (i + 1) / whole) for i in range(0, 2 * whole, 2)]
        slopes += finer[:heads - whole]
    return slopes


class AlibiBias(nn.Module):
    def __init__(self, heads):
        super().__init__()
        slopes = torch.Tensor(get_slopes(heads))
        self.register_buffer('slopes', slopes.view(-1, 1, 1), persistent=False)
        self.register_buffer('bias', None, persistent=False)

    @property
    def device(self):
        return next(self.buffers()).device

    def forward(self, i, j):
        if self.bias is not None and self.bias.shape[-1] >= j and self.bias.shape[-2] >= i:
            return self.bias[..., -i:, -j:]
        q_pos = torch.arange(j - i, j, device=self.slopes.device)
        k_pos = torch.arange(j, device=self.slopes.device)
        bias = -torch.abs(k_pos[None, None, :] - q_pos[None, :, None]) * self.slopes
        self.register_buffer('bias', bias, persistent=False)
        return self.bias


def rotate_half(x):
    x1, x2 = x.chunk(2, dim=-1)
    return torch.cat((-x2, x1), dim=-1)


class RotaryEmbedding(nn.Module):
    def __init__(self, dim, base=10000, max_len=64):
        super().__init__()
        inv_freq = 1.0 / (base ** (torch.arange(0, dim, 2).float() / dim))
        self.register_buffer("inv_freq", inv_freq)
        t = torch.arange(max_len, dtype=self.inv_freq.dtype)
        freqs = torch.outer(t, self.inv_freq)
        emb = torch.cat((freqs, freqs), dim=-1)
        self.register_buffer("cos_cached", emb.cos()[None, None, :, :], persistent=False)
        self.register_buffer("sin_cached", emb.sin()[None, None, :, :], persistent=False)

    @torch.no_grad()
    def tables(self, seq_len):
        return self.cos_cached[:, :, :seq_len, ...], self.sin_cached[:, :, :seq_len, ...]

    def forward(self, q, k, offset: int = 0):
        cos, sin = self.tables(q.shape[-2] + offset)
        cos, sin = cos[:, :, offset:].to(q.dtype), sin[:, :, offset:].to(q.dtype)
        return (q * cos) + (rotate_half(q) * sin), (k * cos) + (rotate_half(k) * sin)


def rotary_interleaved(x, freqs):
    """The other layout: pairs are neighbours."""
    x_ = x.float().reshape(*x.shape[:-1], -1, 2)
    x1, x2 = x_.unbind(dim=-1)
    cos, sin = freqs.cos(), freqs.sin()
    out = torch.stack((x1 * cos - x2 * sin, x1 * sin + x2 * cos), dim=-1)
    return out.flatten(-2).type_as(x)


class SinusoidalPosition(nn.Module):
    def __init__(self, width, max_len=128):
        super().__init__()
        pe = torch.zeros(max_len, width)
        position = torch.arange(0, max_len, dtype=torch.float).unsqueeze(1)
        rates = torch.exp(torch.arange(0, width, 2).float() * (-math.log(10000.0) / width))
        pe[:, 0::2] = torch.sin(position * rates)
        pe[:, 1::2] = torch.cos(position * rates)
        self.register_buffer('pe', pe.unsqueeze(0))

    def forward(self, x):
        return x + self.pe[:, :x.size(1)].clone().detach()


class RelativePositionBias(nn.Module):
    def __init__(self, window, heads):
        super().__init__()
        self.window = window
        self.table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        coords = torch.stack(torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij"))
        flat = torch.flatten(coords, 1)
        rel = (flat[:, :, None] - flat[:, None, :]).permute(1, 2, 0).contiguous()
        rel[:, :, 0] += window - 1
        rel[:, :, 1] += window - 1
        rel[:, :, 0] *= 2 * window - 1
        self.register_buffer("index", rel.sum(-1))
        nn.init.trunc_normal_(self.table, std=.02)

    def forward(self):
        n = self.window ** 2
        bias = self.table[self.index.view(-1)].view(n, n, -1)
        return bias.permute(2, 0, 1).contiguous().unsqueeze(0)
