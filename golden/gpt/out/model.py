"""
A decoder-only language model: causal self-attention, tied embeddings, sampling.
"""
import math
from dataclasses import dataclass

import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat


@dataclass
class GPTConfig:
    vocab_size: int = 32
    context: int = 16
    depth: int = 2
    heads: int = 2
    width: int = 16
    dropout: float = 0.0
    tie_weights: bool = True


class TanhGELU(nn.Module):
    """GELU by its tanh approximation, spelled out."""

    def __call__(self, x):
        inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)
        return 0.5 * x * (1 + mx.tanh(inner))


class SelfAttention(nn.Module):

    def __init__(self, config):
        super().__init__()
        if config.width % config.heads:
            raise ValueError(f"width {config.width} is not a multiple of {config.heads} heads")
        self.heads = config.heads
        self.width = config.width
        self.qkv = nn.Linear(config.width, 3 * config.width)
        self.out = nn.Linear(config.width, config.width)
        self.drop = nn.Dropout(config.dropout)
        # ones where looking is allowed: at oneself and to the left
        compat.register_buffer(self, "tril", mx.tril(mx.ones((config.context, config.context)))
                             .reshape(1, 1, config.context, config.context))

    def split_heads(self, t):
        b, n, _ = t.shape
        return t.reshape(b, n, self.heads, self.width // self.heads).swapaxes(1, 2)

    def __call__(self, x):
        b, n, c = x.shape
        q, k, v = compat.split(self.qkv(x), self.width, dim=2)
        q, k, v = self.split_heads(q), self.split_heads(k), self.split_heads(v)

        scores = q @ k.swapaxes(-2, -1) / math.sqrt(k.shape[-1])
        scores = mx.where(self.tril[:, :, :n, :n] == 0, float('-inf'), scores)
        weights = self.drop(mx.softmax(scores, axis=-1, precise=True))  # (b, heads, n, n)
        y = (weights @ v).swapaxes(1, 2).reshape(b, n, c)
        return self.drop(self.out(y))


class Block(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.norm1 = nn.LayerNorm(config.width)
        self.attn = SelfAttention(config)
        self.norm2 = nn.LayerNorm(config.width)
        self.ff = compat.ModuleDict({
            "up": nn.Linear(config.width, 4 * config.width),
            "act": TanhGELU(),
            "down": nn.Linear(4 * config.width, config.width),
        })
        self.drop = nn.Dropout(config.dropout)

    def feed_forward(self, x):
        for key in ("up", "act", "down"):
            x = self.ff[key](x)
        return self.drop(x)

    def __call__(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.feed_forward(self.norm2(x))


class GPT(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.trunk = compat.ModuleDict(dict(
            tok=compat.Embedding(config.vocab_size, config.width),
            pos=compat.Embedding(config.context, config.width),
            blocks=[Block(config) for _ in range(config.depth)],
            norm=nn.LayerNorm(config.width),
        ))
        self.head = nn.Linear(config.width, config.vocab_size, bias=False)
        if config.tie_weights:
            compat.tie_weights(self, "trunk.tok.weight", "head.weight")

        compat.module_apply(self, self._init)
        for name, p in compat.named_parameters(self):
            # what is added to the residual stream starts small
            if name.endswith(('out.weight', 'down.weight')):
                compat.normal_(p, std=0.02 / math.sqrt(2 * config.depth))

    def _init(self, module):
        if isinstance(module, (nn.Linear, compat.Embedding)):
            compat.normal_(module.weight, mean=0.0, std=0.02)
            if isinstance(module, nn.Linear) and getattr(module, "bias", None) is not None:
                compat.zeros_(module.bias)

    def num_params(self, embeddings=True):
        n = sum(p.size for p in compat.parameters(self))
        if not embeddings:
            n -= self.trunk.pos.weight.size
        return n

    def __call__(self, idx, targets=None):
        n = idx.shape[1]
        assert n <= self.config.context, \
            f"{n} tokens do not fit into a context of {self.config.context}"
        pos = mx.expand_dims(mx.arange(0, n, dtype=mx.int64), 0)  # (1, n)

        x = self.trunk.tok(idx) + self.trunk.pos(pos)
        for block in self.trunk.blocks:
            x = block(x)
        x = self.trunk.norm(x)

        if targets is None:
            return self.head(x[:, [-1], :]), None  # the last position is all that sampling needs
        logits = self.head(x)
        loss = compat.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1), ignore_index=-1)
        return logits, loss

    def generate(self, idx, steps, temperature=1.0, greedy=True, top_k=None):
        for _ in range(steps):
            window = idx[:, -self.config.context:]
            logits = self(window)[0][:, -1, :] / temperature
            if top_k is not None:
                best, _ = compat.topk(logits, min(top_k, logits.shape[-1]))
                compat.setitem(logits, logits < best[:, [-1]], -float('inf'))
            probs = mx.softmax(logits, axis=-1, precise=True)
            if greedy:
                _, nxt = compat.topk(probs, k=1, dim=-1)
            else:
                nxt = compat.multinomial(probs, num_samples=1)
            idx = mx.concatenate((idx, nxt), axis=1)
        return idx
