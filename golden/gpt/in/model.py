"""
A decoder-only language model: causal self-attention, tied embeddings, sampling.
"""
import math
from dataclasses import dataclass

import torch
import torch.nn as nn
from torch.nn import functional as F


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

    def forward(self, x):
        inner = math.sqrt(2 / math.pi) * (x + 0.044715 * torch.pow(x, 3))
        return 0.5 * x * (1 + torch.tanh(inner))


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
        self.register_buffer("tril", torch.tril(torch.ones(config.context, config.context))
                             .view(1, 1, config.context, config.context))

    def split_heads(self, t):
        b, n, _ = t.size()
        return t.view(b, n, self.heads, self.width // self.heads).transpose(1, 2)

    def forward(self, x):
        b, n, c = x.size()
        q, k, v = self.qkv(x).split(self.width, dim=2)
        q, k, v = self.split_heads(q), self.split_heads(k), self.split_heads(v)

        scores = q @ k.transpose(-2, -1) / math.sqrt(k.size(-1))
        scores = scores.masked_fill(self.tril[:, :, :n, :n] == 0, float('-inf'))
        weights = self.drop(F.softmax(scores, dim=-1))  # (b, heads, n, n)
        y = (weights @ v).transpose(1, 2).contiguous().view(b, n, c)
        return self.drop(self.out(y))


class Block(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.norm1 = nn.LayerNorm(config.width)
        self.attn = SelfAttention(config)
        self.norm2 = nn.LayerNorm(config.width)
        self.ff = nn.ModuleDict({
            "up": nn.Linear(config.width, 4 * config.width),
            "act": TanhGELU(),
            "down": nn.Linear(4 * config.width, config.width),
        })
        self.drop = nn.Dropout(config.dropout)

    def feed_forward(self, x):
        for key in ("up", "act", "down"):
            x = self.ff[key](x)
        return self.drop(x)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.feed_forward(self.norm2(x))


class GPT(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.trunk = nn.ModuleDict(dict(
            tok=nn.Embedding(config.vocab_size, config.width),
            pos=nn.Embedding(config.context, config.width),
            blocks=nn.ModuleList([Block(config) for _ in range(config.depth)]),
            norm=nn.LayerNorm(config.width),
        ))
        self.head = nn.Linear(config.width, config.vocab_size, bias=False)
        if config.tie_weights:
            self.trunk.tok.weight = self.head.weight

        self.apply(self._init)
        for name, p in self.named_parameters():
            # what is added to the residual stream starts small
            if name.endswith(('out.weight', 'down.weight')):
                torch.nn.init.normal_(p, std=0.02 / math.sqrt(2 * config.depth))

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            torch.nn.init.normal_(module.weight, mean=0.0, std=0.02)
            if isinstance(module, nn.Linear) and module.bias is not None:
                torch.nn.init.zeros_(module.bias)

    def num_params(self, embeddings=True):
        n = sum(p.numel() for p in self.parameters())
        if not embeddings:
            n -= self.trunk.pos.weight.numel()
        return n

    def forward(self, idx, targets=None):
        device = idx.device
        n = idx.size(1)
        assert n <= self.config.context, \
            f"{n} tokens do not fit into a context of {self.config.context}"
        pos = torch.arange(0, n, dtype=torch.long, device=device).unsqueeze(0)  # (1, n)

        x = self.trunk.tok(idx) + self.trunk.pos(pos)
        for block in self.trunk.blocks:
            x = block(x)
        x = self.trunk.norm(x)

        if targets is None:
            return self.head(x[:, [-1], :]), None  # the last position is all that sampling needs
        logits = self.head(x)
        loss = F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1)
        return logits, loss

    @torch.no_grad()
    def generate(self, idx, steps, temperature=1.0, greedy=True, top_k=None):
        for _ in range(steps):
            window = idx[:, -self.config.context:]
            logits = self(window)[0][:, -1, :] / temperature
            if top_k is not None:
                best, _ = torch.topk(logits, min(top_k, logits.size(-1)))
                logits[logits < best[:, [-1]]] = -float('inf')
            probs = F.softmax(logits, dim=-1)
            if greedy:
                _, nxt = torch.topk(probs, k=1, dim=-1)
            else:
                nxt = torch.multinomial(probs, num_samples=1)
            idx = torch.cat((idx, nxt), dim=1)
        return idx
