import math
from typing import Optional

import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat


def exists(v):
    return v is not None


def default(v, d):
    return v if exists(v) else d


def causal_mask(i: int, j: int, device=None) -> mx.array:
    return mx.triu(mx.ones((i, j), dtype=mx.bool_), j - i + 1)


def make_pad_mask(lengths: mx.array, max_len: Optional[int] = None) -> mx.array:
    """True at the positions that are padding."""
    max_len = max_len or int(lengths.max().item())
    steps = mx.arange(max_len)
    return steps[None, :] >= lengths[:, None]


class EinsumAttention(nn.Module):
    def __init__(self, dim, heads=4, dim_head=8, dropout=0.):
        super().__init__()
        inner = heads * dim_head
        self.heads = heads
        self.scale = dim_head ** -0.5
        self.to_q = nn.Linear(dim, inner, bias=False)
        self.to_kv = nn.Linear(dim, inner * 2, bias=False)
        self.attend = compat.Softmax(dim=-1)
        self.dropout = nn.Dropout(dropout)
        self.to_out = compat.Sequential(nn.Linear(inner, dim), nn.Dropout(dropout))

    def __call__(self, x, context=None, mask=None, causal=False):
        b, n, _, h = *x.shape, self.heads
        context = default(context, x)
        q, (k, v) = self.to_q(x), compat.chunk(self.to_kv(context), 2, dim=-1)
        q, k, v = (t.reshape(b, -1, h, t.shape[-1] // h).swapaxes(1, 2) for t in (q, k, v))

        sim = mx.einsum('b h i d, b h j d -> b h i j', q, k) * self.scale
        max_neg_value = -mx.finfo(sim.dtype).max
        if exists(mask):
            sim[:] = mx.where(mask[:, None, None, :], max_neg_value, sim)
        if causal:
            i, j = sim.shape[-2:]
            sim = mx.where(causal_mask(i, j, device="cpu"), max_neg_value, sim)
        attn = self.dropout(self.attend(sim))
        out = mx.einsum('bhij,bhjd->bhid', attn, v)
        out = out.transpose(0, 2, 1, 3).reshape(b, n, -1)
        return self.to_out(out)


class ScaledDotProduct(nn.Module):
    """One projection each for queries, keys and values; masks of zeros and ones; post-norm."""

    def __init__(self, heads: int, d_model: int, d_k: int, d_v: int, dropout: float = 0.1):
        super().__init__()
        self.heads, self.d_k, self.d_v = heads, d_k, d_v
        self.proj_q = nn.Linear(d_model, heads * d_k, bias=False)
        self.proj_k = nn.Linear(d_model, heads * d_k, bias=False)
        self.proj_v = nn.Linear(d_model, heads * d_v, bias=False)
        self.proj_out = nn.Linear(heads * d_v, d_model, bias=False)
        self.dropout = nn.Dropout(dropout)
        self.norm = nn.LayerNorm(d_model, eps=1e-6)

    def __call__(self, q: mx.array, k: mx.array, v: mx.array, mask: Optional[mx.array] = None):
        bs, len_q, len_k, len_v = q.shape[0], q.shape[1], k.shape[1], v.shape[1]
        residual = q
        q = self.proj_q(q).reshape(bs, len_q, self.heads, self.d_k)
        k = self.proj_k(k).reshape(bs, len_k, self.heads, self.d_k)
        v = self.proj_v(v).reshape(bs, len_v, self.heads, self.d_v)
        q, k, v = q.swapaxes(1, 2), k.swapaxes(1, 2), v.swapaxes(1, 2)
        if mask is not None:
            mask = mx.expand_dims(mask, 1)
        attn = q / math.sqrt(self.d_k) @ k.swapaxes(2, 3)
        if mask is not None:
            attn = mx.where(mask == 0, -1e9, attn)
        attn = self.dropout(mx.softmax(attn, axis=-1, precise=True))
        out = attn @ v
        out = out.swapaxes(1, 2).reshape(bs, len_q, -1)
        out = self.dropout(self.proj_out(out)) + residual
        return self.norm(out), attn


class FusedAttention(nn.Module):
    def __init__(self, dim, num_heads, num_kv_heads=None, bias=True):
        super().__init__()
        self.num_heads = num_heads
        self.num_kv_heads = num_kv_heads or num_heads
        self.head_dim = dim // num_heads
        self.q_size = self.num_heads * self.head_dim
        self.kv_size = self.num_kv_heads * self.head_dim
        self.wqkv = nn.Linear(dim, self.q_size + 2 * self.kv_size, bias=bias)
        self.wo = nn.Linear(dim, dim, bias=bias)

    def __call__(self, x, attn_mask=None, is_causal=False):
        bsz, seqlen, _ = x.shape
        q, k, v = compat.split(self.wqkv(x), [self.q_size, self.kv_size, self.kv_size], dim=-1)
        q = q.reshape(bsz, seqlen, self.num_heads, self.head_dim).swapaxes(1, 2)
        k = k.reshape(bsz, seqlen, self.num_kv_heads, self.head_dim).swapaxes(1, 2)
        v = v.reshape(bsz, seqlen, self.num_kv_heads, self.head_dim).swapaxes(1, 2)
        if self.num_kv_heads != self.num_heads:
            n_rep = self.num_heads // self.num_kv_heads
            k = compat.repeat_interleave(k, n_rep, dim=1)
            v = compat.repeat_interleave(v, n_rep, dim=1)
        y = compat.scaled_dot_product_attention(q, k, v, attn_mask=attn_mask, dropout_p=0.0, is_causal=is_causal)
        y = y.swapaxes(1, 2).reshape(bsz, seqlen, -1)
        return self.wo(y)


class CosineAttention(nn.Module):
    """Queries and keys of unit length, with a learned temperature."""

    def __init__(self, dim, heads=2):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, dim * 3, bias=False)
        self.logit_scale = mx.log(10 * mx.ones((heads, 1, 1)))

    def __call__(self, x):
        B, N, C = x.shape
        qkv = self.qkv(x).reshape(B, N, 3, self.heads, -1).transpose(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]
        attn = compat.normalize(q, dim=-1) @ compat.normalize(k, dim=-1).swapaxes(-2, -1)
        attn = attn * mx.clip(self.logit_scale, None, math.log(100.0)).exp()
        attn = mx.softmax(attn, axis=-1, precise=True)
        return (attn @ v).swapaxes(1, 2).flatten(2)
