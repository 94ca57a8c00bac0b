"""What a module remembers: parameters, buffers, and things that only look like them."""
from collections import OrderedDict

import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat


class Standardize(nn.Module):
    """Buffers of all sorts. The persistent ones are part of the state dict."""

    def __init__(self, mean, std, momentum=0.1):
        super().__init__()
        self.momentum = momentum
        compat.register_buffer(self, "mean", mx.array(mean).reshape(-1, 1, 1))
        compat.register_buffer(self, "std", mx.array(std).reshape(-1, 1, 1), persistent=False)
        compat.register_buffer(self, "num_batches", mx.array(0, dtype=mx.int64))
        compat.register_buffer(self, "cache", None)
        compat.register_buffer(self, name="ones", tensor=mx.ones((2,)), persistent=False)
        for i in range(2):
            compat.register_buffer(self, f"table_{i}", mx.arange(3).astype(mx.float32) * i)

    def __call__(self, x):
        if self.cache is None or self.cache.shape != x.shape[-1:]:
            self.cache = mx.zeros((x.shape[-1],))
        return (x - self.mean) / self.std + self.cache + self.table_1.sum() + getattr(self, "table_0").sum()

    def observe(self, x):
        batch_mean = x.mean(axis=(0, 2, 3)).reshape(-1, 1, 1)
        self.mean[:] = self.mean + self.momentum * (batch_mean - self.mean)
        self.num_batches += 1
        return self.mean


class Mixer(nn.Module):
    def __init__(self, dim, n_terms=3, bias=True, learn_temperature=True):
        super(Mixer, self).__init__()
        self.weight = compat.legacy_tensor(dim, dim)
        if bias:
            self.bias = mx.zeros(dim)
        else:
            compat.register_parameter(self, 'bias', None)
        compat.register_parameter(self, "frozen", mx.random.normal(compat.as_shape(dim)), requires_grad=False)
        self.temperature = mx.array(1.0) if learn_temperature else 1.0
        self.terms = compat.ParameterList([0.1 * mx.random.normal(compat.as_shape(dim)) for _ in range(n_terms)])
        self.named = compat.ParameterDict({"scale": mx.ones(dim), "shift": mx.zeros(dim)})
        compat.register_parameter(self, "extra", mx.full_like(mx.zeros((1,)), 0.5))
        compat.plain_attribute(self, "offset", mx.linspace(0, 1, dim))      # a plain tensor: neither trained nor saved
        self.private_ = nn.Linear(dim, dim, bias=False)
        compat.plain_attribute(self, "history", [])                            # a plain list
        self.reset_parameters()

    def reset_parameters(self):
        compat.xavier_uniform_(self.weight)
        if self.bias is not None:
            compat.uniform_(self.bias, a=-0.1, b=0.1)
        self.private_.weight[:] = mx.random.normal(self.private_.weight.shape, self.private_.weight.dtype, loc=0.0, scale=0.02)

    def __call__(self, x):
        y = compat.linear(x, self.weight, self.bias) / self.temperature
        y = y * self.frozen + self.offset
        for i, t in enumerate(self.terms):
            y = y + t * (i + 1)
        y = y * self.named["scale"] + self.named["shift"]
        self.history.append(y.shape)
        return self.private_(y) * self.extra + self.terms[-1]


class Tied(nn.Module):
    """One matrix in two places."""

    def __init__(self, vocab, dim):
        super().__init__()
        self.encoder = compat.Embedding(vocab, dim)
        self.decoder = nn.Linear(dim, vocab)
        compat.tie_weights(self, "decoder.weight", "encoder.weight")
        self.shared = nn.Linear(dim, dim)
        self.again = self.shared  # one module under two names

    def __call__(self, idx):
        return self.decoder(self.again(mx.tanh(self.shared(self.encoder(idx)))))


class KVCache(nn.Module):
    """State that is written while running."""

    def __init__(self, dim):
        super().__init__()
        self.proj = nn.Linear(dim, dim)
        self.k_cache = None

    def __call__(self, x):
        k = self.proj(x)
        compat.plain_attribute(self, "k_cache", k if self.k_cache is None else mx.concatenate([self.k_cache, k], axis=1))
        compat.plain_attribute(self, "last", k)
        return self.k_cache

    def clear_cache(self):
        self.k_cache = None


class Named(nn.Module):
    """Children with given names, and attributes that modules of other frameworks use for themselves."""

    def __init__(self):
        super().__init__()
        self.body = compat.Sequential(OrderedDict([
            ("fc", nn.Linear(3, 4)),
            ("act", nn.Tanh()),
            ("out", nn.Linear(4, 3)),
        ]))
        compat.add_module(self, "tail", nn.Linear(3, 3))
        self.keys_ = nn.Linear(3, 3)
        self.values_ = nn.Linear(3, 3)
        self.act = nn.Identity()

    def __call__(self, x):
        x = self.tail(self.body(x))
        if self.act is not None:
            x = self.act(x)
        return self.keys_(x) * self.values_(x) + self.body.fc.bias[:3]


def freeze(module):
    module.freeze()
    return module


def count(module):
    trainable = sum(p.size for p in compat.trainable_parameters(module))
    return trainable, sum(p.size for p in compat.parameters(module)), sorted(n for n, _ in compat.named_parameters(module))


def saved_names(module):
    return sorted(compat.state_dict(module).keys())
