"""A decoder with rotary positions, grouped queries, a gated feed-forward and a key-value cache."""
import math
from dataclasses import dataclass
from typing import List, Optional, Tuple

import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat


@dataclass
class DecoderConfig:
    dim: int = 32
    depth: int = 2
    heads: int = 4
    kv_heads: Optional[int] = None
    vocab_size: int = 40
    round_to: int = 8  # the hidden size is rounded up to this
    eps: float = 1e-5
    rope_theta: float = 10000.0
    max_batch: int = 2
    max_len: int = 32


class RMSNorm(nn.Module):
    def __init__(self, dim: int, eps: float = 1e-6):
        super().__init__()
        self.eps = eps
        self.weight = mx.ones((dim,))

    def __call__(self, x: mx.array) -> mx.array:
        variance = (x.astype(mx.float32) ** 2).mean(axis=-1, keepdims=True)
        return self.weight * (x * mx.rsqrt(variance + self.eps)).astype(x.dtype)


def rope_table(head_dim: int, length: int, theta: float) -> mx.array:
    """(length, head_dim / 2, 2): cosines and sines."""
    freqs = 1.0 / (theta ** (mx.arange(0, head_dim, 2)[: (head_dim // 2)].astype(mx.float32) / head_dim))
    angles = mx.outer(mx.arange(length).astype(mx.float32), freqs)
    return mx.stack([mx.cos(angles), mx.sin(angles)], axis=-1)


def apply_rope(x: mx.array, table: mx.array) -> mx.array:
    """Turns neighbouring pairs of `x` (b, n, heads, d) by the angles of their position."""
    pairs = x.astype(mx.float32).reshape(*x.shape[:-1], -1, 2)
    cos, sin = mx.unstack(table[None, :, None], axis=-1)
    even, odd = pairs[..., 0], pairs[..., 1]
    turned = mx.stack([even * cos - odd * sin, odd * cos + even * sin], axis=-1)
    return turned.flatten(3).astype(x.dtype)


def share_heads(x: mx.array, n_rep: int) -> mx.array:
    """Each key or value head serves `n_rep` query heads."""
    if n_rep == 1:
        return x
    b, n, heads, d = x.shape
    return compat.expand(mx.expand_dims(x, 3), (b, n, heads, n_rep, d)).reshape(b, n, heads * n_rep, d)


class Attention(nn.Module):
    def __init__(self, cfg: DecoderConfig):
        super().__init__()
        self.heads = cfg.heads
        self.kv_heads = cfg.heads if cfg.kv_heads is None else cfg.kv_heads
        self.n_rep = self.heads // self.kv_heads
        self.head_dim = cfg.dim // cfg.heads
        self.wq = nn.Linear(cfg.dim, self.heads * self.head_dim, bias=False)
        self.wk = nn.Linear(cfg.dim, self.kv_heads * self.head_dim, bias=False)
        self.wv = nn.Linear(cfg.dim, self.kv_heads * self.head_dim, bias=False)
        self.wo = nn.Linear(self.heads * self.head_dim, cfg.dim, bias=False)
        shape = (cfg.max_batch, cfg.max_len, self.kv_heads, self.head_dim)
        compat.register_buffer(self, "cache_k", mx.zeros(shape), persistent=False)
        compat.register_buffer(self, "cache_v", mx.zeros(shape), persistent=False)

    def __call__(self, x: mx.array, start: int, table: mx.array, mask: Optional[mx.array]) -> mx.array:
        b, n, _ = x.shape
        xq, xk, xv = self.wq(x), self.wk(x), self.wv(x)
        xq = xq.reshape(b, n, self.heads, self.head_dim)
        xk = xk.reshape(b, n, self.kv_heads, self.head_dim)
        xv = xv.reshape(b, n, self.kv_heads, self.head_dim)
        xq, xk = apply_rope(xq, table), apply_rope(xk, table)

        self.cache_k = self.cache_k.astype(xq.dtype)
        self.cache_v = self.cache_v.astype(xq.dtype)
        self.cache_k[:b, start: start + n] = xk
        self.cache_v[:b, start: start + n] = xv
        keys = share_heads(self.cache_k[:b, : start + n], self.n_rep).swapaxes(1, 2)
        values = share_heads(self.cache_v[:b, : start + n], self.n_rep).swapaxes(1, 2)

        scores = xq.swapaxes(1, 2) @ keys.swapaxes(2, 3) / math.sqrt(self.head_dim)
        if mask is not None:
            scores = scores + mask
        scores = mx.softmax(scores.astype(mx.float32), axis=-1).astype(xq.dtype)
        output = scores @ values
        return self.wo(output.swapaxes(1, 2).reshape(b, n, -1))


class FeedForward(nn.Module):
    def __init__(self, dim: int, hidden_dim: int, round_to: int):
        super().__init__()
        hidden_dim = int(2 * hidden_dim / 3)
        hidden_dim = round_to * ((hidden_dim + round_to - 1) // round_to)
        self.w1 = nn.Linear(dim, hidden_dim, bias=False)
        self.w2 = nn.Linear(hidden_dim, dim, bias=False)
        self.w3 = nn.Linear(dim, hidden_dim, bias=False)

    def __call__(self, x):
        return self.w2(nn.silu(self.w1(x)) * self.w3(x))


class DecoderLayer(nn.Module):
    def __init__(self, layer_id: int, cfg: DecoderConfig):
        super().__init__()
        self.layer_id = layer_id
        self.attention = Attention(cfg)
        self.ffn = FeedForward(cfg.dim, 4 * cfg.dim, cfg.round_to)
        self.norm_1 = RMSNorm(cfg.dim, eps=cfg.eps)
        self.norm_2 = RMSNorm(cfg.dim, eps=cfg.eps)

    def __call__(self, x, start, table, mask):
        h = x + self.attention(self.norm_1(x), start, table, mask)
        return h + self.ffn(self.norm_2(h))


class Decoder(nn.Module):
    def __init__(self, cfg: DecoderConfig):
        super().__init__()
        self.cfg = cfg
        self.embed = compat.Embedding(cfg.vocab_size, cfg.dim)
        self.layers = []
        for layer_id in range(cfg.depth):
            self.layers.append(DecoderLayer(layer_id, cfg))
        self.norm = RMSNorm(cfg.dim, eps=cfg.eps)
        self.output = nn.Linear(cfg.dim, cfg.vocab_size, bias=False)
        compat.plain_attribute(self, "rope", rope_table(cfg.dim // cfg.heads, cfg.max_len * 2, cfg.rope_theta))

    def __call__(self, tokens: mx.array, start: int) -> mx.array:
        _, n = tokens.shape
        h = self.embed(tokens)
        table = self.rope[start: start + n]
        mask = None
        if n > 1:
            mask = mx.full((n, n), float("-inf"))
            mask = mx.triu(mask, 1)
            # keys in the cache may all be seen
            mask = compat.hstack([mx.zeros((n, start)), mask]).astype(h.dtype)
        for layer in self.layers:
            h = layer(h, start, table, mask)
        return mx.stop_gradient(self.output(self.norm(h)).astype(mx.float32))


def nucleus(probs: mx.array, p: float) -> mx.array:
    ranked, order = compat.sort(probs, dim=-1, descending=True)
    outside = compat.torch_cumsum(ranked, dim=-1) - ranked > p
    compat.setitem(ranked, outside, 0.0)
    ranked[:] = ranked / ranked.sum(axis=-1, keepdims=True)
    return compat.gather(order, -1, compat.multinomial(ranked, num_samples=1))


def generate(model: Decoder, prompts: List[List[int]], steps: int, temperature: float = 0.0) -> Tuple[List[List[int]], int]:
    """Prompts of different lengths, filled from left to right."""
    shortest = min(len(t) for t in prompts)
    total = max(len(t) for t in prompts) + steps
    tokens = mx.full((len(prompts), total), -1, dtype=mx.int64)
    for k, t in enumerate(prompts):
        tokens[k, : len(t)] = mx.array(t, dtype=mx.int64)
    given = tokens != -1
    done = 0
    for pos in range(shortest, total):
        logits = model(tokens[:, done:pos], done)
        if temperature > 0:
            nxt = nucleus(mx.softmax(logits[:, -1] / temperature, axis=-1), 0.9)
        else:
            nxt = mx.argmax(logits[:, -1], axis=-1).astype(mx.int64)
        nxt = nxt.reshape(-1)
        nxt = mx.where(given[:, pos], tokens[:, pos], nxt)
        tokens[:, pos] = nxt
        done = pos
    return tokens.tolist(), total
