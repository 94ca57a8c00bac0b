"""A decoder with rotary positions, grouped queries, a gated feed-forward and a key-value cache."""
import math
from dataclasses import dataclass
from typing import List, Optional, Tuple

import torch
import torch.nn.functional as F
from torch import nn


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


class RMSNorm(torch.nn.Module):
    def __init__(self, dim: int, eps: float = 1e-6):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        variance = x.to(torch.float32).pow(2).mean(-1, keepdim=True)
        return self.weight * (x * torch.rsqrt(variance + self.eps)).to(x.dtype)


def rope_table(head_dim: int, length: int, theta: float) -> torch.Tensor:
    """(length, head_dim / 2, 2): cosines and sines."""
    freqs = 1.0 / (theta ** (torch.arange(0, head_dim, 2)[: (head_dim // 2)].float() / head_dim))
    angles = torch.outer(torch.arange(length).float(), freqs)
    return torch.stack([torch.cos(angles), torch.sin(angles)], dim=-1)


def apply_rope(x: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    """Turns neighbouring pairs of `x` (b, n, heads, d) by the angles of their position."""
    pairs = x.float().reshape(*x.shape[:-1], -1, 2)
    cos, sin = table[None, :, None].unbind(-1)
    even, odd = pairs[..., 0], pairs[..., 1]
    turned = torch.stack([even * cos - odd * sin, odd * cos + even * sin], -1)
    return turned.flatten(3).type_as(x)


def share_heads(x: torch.Tensor, n_rep: int) -> torch.Tensor:
    """Each key or value head serves `n_rep` query heads."""
    if n_rep == 1:
        return x
    b, n, heads, d = x.shape
    return x.unsqueeze(3).expand(b, n, heads, n_rep, d).reshape(b, n, heads * n_rep, d)


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
        self.register_buffer("cache_k", torch.zeros(shape), persistent=False)
        self.register_buffer("cache_v", torch.zeros(shape), persistent=False)

    def forward(self, x: torch.Tensor, start: int, table: torch.Tensor, mask: Optional[torch.Tensor]) -> torch.Tensor:
        b, n, _ = x.shape
        xq, xk, xv = self.wq(x), self.wk(x), self.wv(x)
        xq = xq.view(b, n, self.heads, self.head_dim)
        xk = xk.view(b, n, self.kv_heads, self.head_dim)
        xv = xv.view(b, n, self.kv_heads, self.head_dim)
        xq, xk = apply_rope(xq, table), apply_rope(xk, table)

        self.cache_k = self.cache_k.to(xq)
        self.cache_v = self.cache_v.to(xq)
        self.cache_k[:b, start: start + n] = xk
        self.cache_v[:b, start: start + n] = xv
        keys = share_heads(self.cache_k[:b, : start + n], self.n_rep).transpose(1, 2)
        values = share_heads(self.cache_v[:b, : start + n], self.n_rep).transpose(1, 2)

        scores = torch.matmul(xq.transpose(1, 2), keys.transpose(2, 3)) / math.sqrt(self.head_dim)
        if mask is not None:
            scores = scores + mask
        scores = F.softmax(scores.float(), dim=-1).type_as(xq)
        output = torch.matmul(scores, values)
        return self.wo(output.transpose(1, 2).contiguous().view(b, n, -1))


class FeedForward(nn.Module):
    def __init__(self, dim: int, hidden_dim: int, round_to: int):
        super().__init__()
        hidden_dim = int(2 * hidden_dim / 3)
        hidden_dim = round_to * ((hidden_dim + round_to - 1) // round_to)
        self.w1 = nn.Linear(dim, hidden_dim, bias=False)
        self.w2 = nn.Linear(hidden_dim, dim, bias=False)
        self.w3 = nn.Linear(dim, hidden_dim, bias=False)

    def forward(self, x):
        return self.w2(F.silu(self.w1(x)) * self.w3(x))


class DecoderLayer(nn.Module):
    def __init__(self, layer_id: int, cfg: DecoderConfig):
        super().__init__()
        self.layer_id = layer_id
        self.attention = Attention(cfg)
        self.ffn = FeedForward(cfg.dim, 4 * cfg.dim, cfg.round_to)
        self.norm_1 = RMSNorm(cfg.dim, eps=cfg.eps)
        self.norm_2 = RMSNorm(cfg.dim, eps=cfg.eps)

    def forward(self, x, start, table, mask):
        h = x + self.attention.forward(self.norm_1(x), start, table, mask)
        return h + self.ffn.forward(self.norm_2(h))


class Decoder(nn.Module):
    def __init__(self, cfg: DecoderConfig):
        super().__init__()
        self.cfg = cfg
        self.embed = nn.Embedding(cfg.vocab_size, cfg.dim)
        self.layers = torch.nn.ModuleList()
        for layer_id in range(cfg.depth):
            self.layers.append(DecoderLayer(layer_id, cfg))
        self.norm = RMSNorm(cfg.dim, eps=cfg.eps)
        self.output = nn.Linear(cfg.dim, cfg.vocab_size, bias=False)
        self.rope = rope_table(cfg.dim // cfg.heads, cfg.max_len * 2, cfg.rope_theta)

    @torch.inference_mode()
    def forward(self, tokens: torch.Tensor, start: int) -> torch.Tensor:
        _, n = tokens.shape
        h = self.embed(tokens)
        self.rope = self.rope.to(h.device)
        table = self.rope[start: start + n]
        mask = None
        if n > 1:
            mask = torch.full((n, n), float("-inf"), device=tokens.device)
            mask = torch.triu(mask, diagonal=1)
            # keys in the cache may all be seen
            mask = torch.hstack([torch.zeros((n, start), device=tokens.device), mask]).type_as(h)
        for layer in self.layers:
            h = layer(h, start, table, mask)
        return self.output(self.norm(h)).float()


def nucleus(probs: torch.Tensor, p: float) -> torch.Tensor:
    ranked, order = torch.sort(probs, dim=-1, descending=True)
    outside = torch.cumsum(ranked, dim=-1) - ranked > p
    ranked[outside] = 0.0
    ranked.div_(ranked.sum(dim=-1, keepdim=True))
    return torch.gather(order, -1, torch.multinomial(ranked, num_samples=1))


def generate(model: Decoder, prompts: List[List[int]], steps: int, temperature: float = 0.0) -> Tuple[List[List[int]], int]:
    """Prompts of different lengths, filled from left to right."""
    shortest = min(len(t) for t in prompts)
    total = max(len(t) for t in prompts) + steps
    tokens = torch.full((len(prompts), total), -1, dtype=torch.long)
    for k, t in enumerate(prompts):
        tokens[k, : len(t)] = torch.tensor(t, dtype=torch.long)
    given = tokens != -1
    done = 0
    for pos in range(shortest, total):
        logits = model.forward(tokens[:, done:pos], done)
        if temperature > 0:
            nxt = nucleus(torch.softmax(logits[:, -1] / temperature, dim=-1), 0.9)
        else:
            nxt = torch.argmax(logits[:, -1], dim=-1)
        nxt = nxt.reshape(-1)
        nxt = torch.where(given[:, pos], tokens[:, pos], nxt)
        tokens[:, pos] = nxt
        done = pos
    return tokens.tolist(), total
