# script model=model | data=i64[60]<11 | tol=1e-4
import math
from types import SimpleNamespace

import torch
import torch.nn as nn
import torch.nn.functional as F

cfg = SimpleNamespace(vocab=11, width=8, context=5, peak_lr=6e-3, floor_lr=6e-4, warmup=3, decay_until=8, clip=1.0, steps=10, eval_every=4)
device = 'cuda' if torch.cuda.is_available() else 'cpu'


class Layer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.ff = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width), nn.Dropout(0.0))

    def forward(self, h):
        return h + self.ff(self.norm(h))


class CharGPT(nn.Module):
    def __init__(self, vocab, width):
        super().__init__()
        self.embed = nn.Embedding(vocab, width)
        self.layers = nn.ModuleList([Layer(width) for _ in range(2)])
        self.norm = nn.LayerNorm(width)
        self.unembed = nn.Linear(width, vocab, bias=False)
        self.unembed.weight = self.embed.weight

    def forward(self, ids, targets=None):
        h = self.embed(ids)
        for layer in self.layers:
            h = layer(h)
        logits = self.unembed(self.norm(h))
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1)


def batch(i):
    starts = [(3 * i + j) % (len(data) - cfg.context - 1) for j in range(4)]
    ids = torch.stack([data[s:s + cfg.context] for s in starts])
    nxt = torch.stack([data[s + 1:s + 1 + cfg.context] for s in starts])
    return ids.to(device), nxt.to(device)


def lr_at(i):
    if i < cfg.warmup:
        return cfg.peak_lr * (i + 1) / (cfg.warmup + 1)
    if i > cfg.decay_until:
        return cfg.floor_lr
    part = (i - cfg.warmup) / (cfg.decay_until - cfg.warmup)
    return cfg.floor_lr + 0.5 * (1.0 + math.cos(math.pi * part)) * (cfg.peak_lr - cfg.floor_lr)


@torch.no_grad()
def held_out():
    model.eval()
    total = torch.zeros(2)
    for k in range(2):
        ids, nxt = batch(100 + k)
        _, loss = model(ids, nxt)
        total[k] = loss.item()
    model.train()
    return total.mean()


model = CharGPT(cfg.vocab, cfg.width)
model.to(device)
optimizer = torch.optim.AdamW(model.parameters(), lr=cfg.peak_lr, betas=(0.9, 0.95), weight_decay=0.1)
history = []
ids, nxt = batch(0)
i = 0
while True:
    lr = lr_at(i)
    for group in optimizer.param_groups:
        group['lr'] = lr
    if i % cfg.eval_every == 0:
        history.append(held_out().item())
    _, loss = model(ids, nxt)
    ids, nxt = batch(i + 1)  # while the device is busy
    loss.backward()
    if cfg.clip != 0.0:
        nn.utils.clip_grad_norm_(model.parameters(), cfg.clip)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    history.append(loss.item())
    i += 1
    if i >= cfg.steps:
        break
history, model
