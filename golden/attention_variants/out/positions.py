import math

import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat


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
        slopes = compat.legacy_tensor(get_slopes(heads))
        compat.register_buffer(self, 'slopes', slopes.reshape(-1, 1, 1), persistent=False)
        compat.register_buffer(self, 'bias', None, persistent=False)

    @property
    def device(self):
        return "cpu"

    def __call__(self, i, j):
        if self.bias is not None and self.bias.shape[-1] >= j and self.bias.shape[-2] >= i:
            return self.bias[..., -i:, -j:]
        q_pos = mx.arange(j - i, j)
        k_pos = mx.arange(j)
        bias = -mx.abs(k_pos[None, None, :] - q_pos[None, :, None]) * self.slopes
        compat.register_buffer(self, 'bias', bias, persistent=False)
        return self.bias


def rotate_half(x):
    x1, x2 = compat.chunk(x, 2, dim=-1)
    return mx.concatenate((-x2, x1), axis=-1)


class RotaryEmbedding(nn.Module):
    def __init__(self, dim, base=10000, max_len=64):
        super().__init__()
        inv_freq = 1.0 / (base ** (mx.arange(0, dim, 2).astype(mx.float32) / dim))
        compat.register_buffer(self, "inv_freq", inv_freq)
        t = mx.arange(max_len).astype(self.inv_freq.dtype)
        freqs = mx.outer(t, self.inv_freq)
        emb = mx.concatenate((freqs, freqs), axis=-1)
        compat.register_buffer(self, "cos_cached", emb.cos()[None, None, :, :], persistent=False)
        compat.register_buffer(self, "sin_cached", emb.sin()[None, None, :, :], persistent=False)

    def tables(self, seq_len):
        return compat.stop_gradient((self.cos_cached[:, :, :seq_len, ...], self.sin_cached[:, :, :seq_len, ...]))

    def __call__(self, q, k, offset: int = 0):
        cos, sin = self.tables(q.shape[-2] + offset)
        cos, sin = cos[:, :, offset:].astype(q.dtype), sin[:, :, offset:].astype(q.dtype)
        return (q * cos) + (rotate_half(q) * sin), (k * cos) + (rotate_half(k) * sin)


def rotary_interleaved(x, freqs):
    """The other layout: pairs are neighbours."""
    x_ = x.astype(mx.float32).reshape(*x.shape[:-1], -1, 2)
    x1, x2 = mx.unstack(x_, axis=-1)
    cos, sin = freqs.cos(), freqs.sin()
    out = mx.stack((x1 * cos - x2 * sin, x1 * sin + x2 * cos), axis=-1)
    return out.flatten(-2).astype(x.dtype)


class SinusoidalPosition(nn.Module):
    def __init__(self, width, max_len=128):
        super().__init__()
        pe = mx.zeros((max_len, width))
        position = mx.expand_dims(mx.arange(0, max_len, dtype=mx.float32), 1)
        rates = mx.exp(mx.arange(0, width, 2).astype(mx.float32) * (-math.log(10000.0) / width))
        pe[:, 0::2] = mx.sin(position * rates)
        pe[:, 1::2] = mx.cos(position * rates)
        compat.register_buffer(self, 'pe', mx.expand_dims(pe, 0))

    def __call__(self, x):
        return x + mx.stop_gradient(mx.array(self.pe[:, :x.shape[1]]))


class RelativePositionBias(nn.Module):
    def __init__(self, window, heads):
        super().__init__()
        self.window = window
        self.table = mx.zeros(((2 * window - 1) ** 2, heads))
        coords = mx.stack(mx.meshgrid(mx.arange(window), mx.arange(window), indexing="ij"))
        flat = mx.flatten(coords, 1)
        rel = (flat[:, :, None] - flat[:, None, :]).transpose(1, 2, 0)
        rel[:, :, 0] += window - 1
        rel[:, :, 1] += window - 1
        rel[:, :, 0] *= 2 * window - 1
        compat.register_buffer(self, "index", rel.sum(axis=-1))
        compat.trunc_normal_(self.table, std=.02)

    def __call__(self):
        n = self.window ** 2
        bias = compat.getitem(self.table, self.index.reshape(-1)).reshape(n, n, -1)
        return mx.expand_dims(bias.transpose(2, 0, 1), 0)
