"""Grouped-query attention with rotary positions, as LLaMA and its relatives write it."""
import math

import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat


class RotaryEmbedding(nn.Module):
    def __init__(self, dim, base=10000, max_positions=64):
        super().__init__()
        self.dim = dim
        self.base = base
        inv_freq = 1.0 / (self.base ** (mx.arange(0, self.dim, 2).astype(mx.float32) / self.dim))
        compat.register_buffer(self, "inv_freq", inv_freq, persistent=False)
        self._make_tables(max_positions)

    def _make_tables(self, seq_len):
        t = mx.arange(seq_len).astype(self.inv_freq.dtype)
        freqs = mx.outer(t, self.inv_freq)
        emb = mx.concatenate((freqs, freqs), axis=-1)
        compat.register_buffer(self, "cos_table", emb.cos(), persistent=False)
        compat.register_buffer(self, "sin_table", emb.sin(), persistent=False)

    def __call__(self, x, seq_len):
        return self.cos_table[:seq_len].astype(x.dtype), self.sin_table[:seq_len].astype(x.dtype)


def rotate_half(x):
    """Rotates half the hidden dims of the input."""
    x1 = x[..., : x.shape[-1] // 2]
    x2 = x[..., x.shape[-1] // 2 :]
    return mx.concatenate((-x2, x1), axis=-1)


def apply_rotary_pos_emb(q, k, cos, sin):
    cos = cos[None, None]
    sin = sin[None, None]
    q_embed = (q * cos) + (rotate_half(q) * sin)
    k_embed = (k * cos) + (rotate_half(k) * sin)
    return q_embed, k_embed


def repeat_kv(hidden_states, n_rep):
    batch, num_key_value_heads, slen, head_dim = hidden_states.shape
    if n_rep == 1:
        return hidden_states
    hidden_states = compat.expand(hidden_states[:, :, None, :, :], (batch, num_key_value_heads, n_rep, slen, head_dim))
    return hidden_states.reshape(batch, num_key_value_heads * n_rep, slen, head_dim)


class GroupedAttention(nn.Module):
    def __init__(self, width, heads, kv_heads):
        super().__init__()
        self.num_heads = heads
        self.num_key_value_heads = kv_heads
        self.head_dim = width // heads
        self.q_proj = nn.Linear(width, heads * self.head_dim, bias=False)
        self.k_proj = nn.Linear(width, kv_heads * self.head_dim, bias=False)
        self.v_proj = nn.Linear(width, kv_heads * self.head_dim, bias=False)
        self.o_proj = nn.Linear(heads * self.head_dim, width, bias=False)
        self.rotary_emb = RotaryEmbedding(self.head_dim)

    def __call__(self, hidden_states):
        bsz, q_len, _ = hidden_states.shape
        query_states = self.q_proj(hidden_states)
        key_states = self.k_proj(hidden_states)
        value_states = self.v_proj(hidden_states)

        query_states = query_states.reshape(bsz, q_len, self.num_heads, self.head_dim).swapaxes(1, 2)
        key_states = key_states.reshape(bsz, q_len, self.num_key_value_heads, self.head_dim).swapaxes(1, 2)
        value_states = value_states.reshape(bsz, q_len, self.num_key_value_heads, self.head_dim).swapaxes(1, 2)

        query_states, key_states = mx.fast.rope(query_states, self.rotary_emb.dim, traditional=False, base=self.rotary_emb.base, scale=1.0, offset=0), mx.fast.rope(key_states, self.rotary_emb.dim, traditional=False, base=self.rotary_emb.base, scale=1.0, offset=0)

        # every group of queries shares its keys and values

        causal = mx.triu(mx.full((q_len, q_len), float("-inf")), 1)
        attn_output = mx.fast.scaled_dot_product_attention(query_states, key_states, value_states, scale=1 / math.sqrt(self.head_dim), mask=causal.astype(query_states.dtype))
        attn_output = attn_output.swapaxes(1, 2).reshape(bsz, q_len, -1)
        return self.o_proj(attn_output)


class ComplexRotary(nn.Module):
    """Neighbours turn as complex numbers; positions start anywhere."""

    def __init__(self, head_dim, max_len=64, theta=10000.0):
        super().__init__()
        self.head_dim = head_dim
        self.theta = theta
        freqs = 1.0 / (theta ** (mx.arange(0, head_dim, 2)[: (head_dim // 2)].astype(mx.float32) / head_dim))
        angles = mx.outer(mx.arange(max_len), freqs)
        compat.plain_attribute(self, "freqs_cis", mx.ones_like(angles) * mx.exp(1j * angles))

    def __call__(self, xq, start_pos: int = 0):
        return mx.fast.rope(xq.swapaxes(1, 2), self.head_dim, traditional=True, base=self.theta, scale=1.0, offset=start_pos).swapaxes(1, 2)
