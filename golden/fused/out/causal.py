"""Attention that looks back only, as books, lectures and repositories write it."""
import math

import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat


class CausalSelfAttention(nn.Module):

    def __init__(self, n_embd, n_head, block_size):
        super().__init__()
        self.c_attn = nn.Linear(n_embd, 3 * n_embd)
        self.c_proj = nn.Linear(n_embd, n_embd)
        self.attn_dropout = nn.Dropout(0.0)
        # not really a bias, more of a mask
        compat.register_buffer(self, "bias", mx.tril(mx.ones((block_size, block_size)))
                                     .reshape(1, 1, block_size, block_size))
        self.n_head = n_head
        self.n_embd = n_embd

    def __call__(self, x):
        B, T, C = x.shape
        q, k, v = compat.split(self.c_attn(x), self.n_embd, dim=2)
        k = k.reshape(B, T, self.n_head, C // self.n_head).swapaxes(1, 2)
        q = q.reshape(B, T, self.n_head, C // self.n_head).swapaxes(1, 2)
        v = v.reshape(B, T, self.n_head, C // self.n_head).swapaxes(1, 2)
        y = mx.fast.scaled_dot_product_attention(q, k, v, scale=1.0 / math.sqrt(k.shape[-1]), mask="causal")
        y = y.swapaxes(1, 2).reshape(B, T, C)
        return self.c_proj(y)


class Head(nn.Module):
    """ one head of self-attention """

    def __init__(self, n_embd, head_size, block_size):
        super().__init__()
        self.key = nn.Linear(n_embd, head_size, bias=False)
        self.query = nn.Linear(n_embd, head_size, bias=False)
        self.value = nn.Linear(n_embd, head_size, bias=False)
        compat.register_buffer(self, 'tril', mx.tril(mx.ones((block_size, block_size))))

    def __call__(self, x):
        k = self.key(x)
        q = self.query(x)
        # compute attention scores ("affinities")
        # perform the weighted aggregation of the values
        v = self.value(x)
        out = compat.scaled_dot_product_attention(q, k, v, scale=k.shape[-1]**-0.5, is_causal=True)
        return out


class MultiHeadAttention(nn.Module):

    def __init__(self, d_in, d_out, context_length, num_heads):
        super().__init__()
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out)
        self.W_key = nn.Linear(d_in, d_out)
        self.W_value = nn.Linear(d_in, d_out)
        compat.register_buffer(self, "mask", mx.triu(mx.ones((context_length, context_length)), 1))

    def __call__(self, x):
        b, num_tokens, d_in = x.shape
        keys = self.W_key(x)
        queries = self.W_query(x)
        values = self.W_value(x)
        keys = keys.reshape(b, num_tokens, self.num_heads, self.head_dim)
        values = values.reshape(b, num_tokens, self.num_heads, self.head_dim)
        queries = queries.reshape(b, num_tokens, self.num_heads, self.head_dim)
        keys = keys.swapaxes(1, 2)
        queries = queries.swapaxes(1, 2)
        values = values.swapaxes(1, 2)
        context_vec = (mx.fast.scaled_dot_product_attention(queries, keys, values, scale=1 / keys.shape[-1]**0.5, mask="causal")).swapaxes(1, 2)
        return context_vec.reshape(b, num_tokens, self.d_out)


class Packed(nn.Module):

    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.scale = (dim // heads) ** -0.5
        self.qkv = nn.Linear(dim, 3 * dim)

    def __call__(self, x):
        B, N, C = x.shape
        q, k, v = mx.unstack(self.qkv(x).reshape(B, N, 3, self.heads, C // self.heads).transpose(2, 0, 3, 1, 4), axis=0)
        return (mx.fast.scaled_dot_product_attention(q, k, v, scale=self.scale, mask="causal")).swapaxes(1, 2).reshape(B, N, C)


class Indexed(nn.Module):

    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)

    def __call__(self, x):
        B, N, C = x.shape
        qkv = self.qkv(x).reshape(B, N, 3, self.heads, C // self.heads).transpose(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]
        return (mx.fast.scaled_dot_product_attention(q, k, v, scale=1 / math.sqrt(C // self.heads), mask="causal")).swapaxes(1, 2).reshape(B, N, C)


class Cached(nn.Module):
    """The queries are the last ones of the keys."""

    def __init__(self, max_positions):
        super().__init__()
        bias = mx.tril(mx.ones((max_positions, max_positions), dtype=mx.bool_))
        compat.register_buffer(self, "bias", bias.reshape(1, 1, max_positions, max_positions), persistent=False)

    def __call__(self, query, key, value):
        return mx.fast.scaled_dot_product_attention(query, key, value, scale=1.0, mask="causal")


class Equations(nn.Module):

    def __init__(self, causal):
        super().__init__()
        self.causal = causal

    def __call__(self, q, k, v):
        b, h, n, d = q.shape

        return mx.fast.scaled_dot_product_attention(q, k, v, scale=d ** -0.5, mask="causal" if self.causal else None)


def square_subsequent_mask(size):
    mask = (mx.triu(mx.ones((size, size))) == 1).swapaxes(0, 1)
    mask = mx.where(mask == 1, float(0.0), mx.where(mask == 0, float('-inf'), mask.astype(mx.float32)))
    return mask


def unknown_lengths(q, k, v):
    """As many keys as queries, or not: the mask starts at the first key."""
    mask = mx.tril(mx.ones((q.shape[-2], k.shape[-2]), dtype=mx.bool_))
    return compat.scaled_dot_product_attention(q, k, v, scale=1 / math.sqrt(q.shape[-1]), attn_mask=mask)


def with_made_mask(x):
    T = x.shape[-2]
    scores = x @ x.swapaxes(1, 2) + square_subsequent_mask(T)
    return mx.softmax(scores, axis=-1, precise=True) @ x


class Mapped(nn.Module):

    def __init__(self, dim, heads=2, dim_head=8, causal=True):
        super().__init__()
        self.heads = heads
        self.scale = dim_head ** -0.5
        self.causal = causal
        self.to_qkv = nn.Linear(dim, heads * dim_head * 3, bias=False)

    def __call__(self, x):
        b, n, _, h = *x.shape, self.heads
        qkv = compat.chunk(self.to_qkv(x), 3, dim=-1)
        q, k, v = map(lambda t: t.reshape(b, n, h, -1).swapaxes(1, 2), qkv)
        return mx.fast.scaled_dot_product_attention(q, k, v, scale=self.scale, mask="causal" if self.causal else None)
