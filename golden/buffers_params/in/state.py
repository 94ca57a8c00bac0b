"""What a module remembers: parameters, buffers, and things that only look like them."""
from collections import OrderedDict

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.parameter import Parameter


class Standardize(nn.Module):
    """Buffers of all sorts. The persistent ones are part of the state dict."""

    def __init__(self, mean, std, momentum=0.1):
        super().__init__()
        self.momentum = momentum
        self.register_buffer("mean", torch.tensor(mean).view(-1, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(-1, 1, 1), persistent=False)
        self.register_buffer("num_batches", torch.tensor(0, dtype=torch.long))
        self.register_buffer("cache", None)
        self.register_buffer(name="ones", tensor=torch.ones(2), persistent=False)
        for i in range(2):
            self.register_buffer(f"table_{i}", torch.arange(3).float() * i)

    def forward(self, x):
        if self.cache is None or self.cache.shape != x.shape[-1:]:
            self.cache = torch.zeros(x.shape[-1])
        return (x - self.mean) / self.std + self.cache + self.table_1.sum() + getattr(self, "table_0").sum()

    @torch.no_grad()
    def observe(self, x):
        batch_mean = x.mean(dim=(0, 2, 3)).view(-1, 1, 1)
        self.mean.lerp_(batch_mean, self.momentum)
        self.num_batches += 1
        return self.mean


class Mixer(nn.Module):
    def __init__(self, dim, n_terms=3, bias=True, learn_temperature=True):
        super(Mixer, self).__init__()
        self.weight = Parameter(torch.Tensor(dim, dim))
        if bias:
            self.bias = Parameter(torch.zeros(dim))
        else:
            self.register_parameter('bias', None)
        self.frozen = nn.Parameter(torch.randn(dim), requires_grad=False)
        self.temperature = nn.Parameter(torch.tensor(1.0)) if learn_temperature else 1.0
        self.terms = nn.ParameterList([nn.Parameter(0.1 * torch.randn(dim)) for _ in range(n_terms)])
        self.named = nn.ParameterDict({"scale": nn.Parameter(torch.ones(dim)), "shift": nn.Parameter(torch.zeros(dim))})
        self.register_parameter("extra", nn.Parameter(torch.empty(1).fill_(0.5)))
        self.offset = torch.linspace(0, 1, dim)      # a plain tensor: neither trained nor saved
        self._private = nn.Linear(dim, dim, bias=False)
        self.history = []                            # a plain list
        self.reset_parameters()

    def reset_parameters(self):
        nn.init.xavier_uniform_(self.weight)
        if self.bias is not None:
            nn.init.uniform_(self.bias, -0.1, 0.1)
        self._private.weight.data.normal_(0.0, 0.02)

    def forward(self, x):
        y = F.linear(x, self.weight, self.bias) / self.temperature
        y = y * self.frozen + self.offset
        for i, t in enumerate(self.terms):
            y = y + t * (i + 1)
        y = y * self.named["scale"] + self.named["shift"]
        self.history.append(y.shape)
        return self._private(y) * self.extra + self.terms[-1]


class Tied(nn.Module):
    """One matrix in two places."""

    def __init__(self, vocab, dim):
        super().__init__()
        self.encoder = nn.Embedding(vocab, dim)
        self.decoder = nn.Linear(dim, vocab)
        self.decoder.weight = self.encoder.weight
        self.shared = nn.Linear(dim, dim)
        self.again = self.shared  # one module under two names

    def forward(self, idx):
        return self.decoder(self.again(torch.tanh(self.shared(self.encoder(idx)))))


class KVCache(nn.Module):
    """State that is written while running."""

    def __init__(self, dim):
        super().__init__()
        self.proj = nn.Linear(dim, dim)
        self.k_cache = None

    def forward(self, x):
        k = self.proj(x)
        self.k_cache = k if self.k_cache is None else torch.cat([self.k_cache, k], dim=1)
        self.last = k
        return self.k_cache

    def clear_cache(self):
        self.k_cache = None


class Named(nn.Module):
    """Children with given names, and attributes that modules of other frameworks use for themselves."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(OrderedDict([
            ("fc", nn.Linear(3, 4)),
            ("act", nn.Tanh()),
            ("out", nn.Linear(4, 3)),
        ]))
        self.add_module("tail", nn.Linear(3, 3))
        self.keys = nn.Linear(3, 3)
        self.values = nn.Linear(3, 3)
        self.act = nn.Identity()

    def forward(self, x):
        x = self.tail(self.body(x))
        if self.act:
            x = self.act(x)
        return self.keys(x) * self.values(x) + self.body.fc.bias[:3]


def freeze(module):
    for p in module.parameters():
        p.requires_grad = False
    return module


def count(module):
    trainable = sum(p.numel() for p in module.parameters() if p.requires_grad)
    return trainable, sum(p.numel() for p in module.parameters()), sorted(n for n, _ in module.named_parameters())


def saved_names(module):
    return sorted(module.state_dict().keys())
