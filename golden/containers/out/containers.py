"""Sequential, ModuleList and ModuleDict: built, walked, sliced."""
from collections import OrderedDict

import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat


class Stack(nn.Module):
    def __init__(self, dim, depth):
        super().__init__()
        self.seq = compat.Sequential()
        for i in range(depth):
            compat.add_module(self.seq, "fc%d" % i, nn.Linear(dim, dim))
            compat.add_module(self.seq, f"act{i}", nn.Tanh())
        self.seq.append(nn.Linear(dim, dim))
        self.empty = compat.Sequential()

    def __call__(self, x, upto=None):
        for i, layer in enumerate(self.seq):
            if upto is not None and i >= upto:
                break
            x = layer(x)
        return self.empty(x)

    def half(self, x):
        n = len(self.seq) // 2
        return self.seq[:n](x), self.seq[-1](x), self.seq[0].weight.shape, len(self.empty)


class Pyramid(nn.Module):
    def __init__(self, dims=(3, 4, 5)):
        super().__init__()
        self.down = []
        for a, b in zip(dims[:-1], dims[1:]):
            self.down.append([nn.Linear(a, b), nn.LayerNorm(b)])
        self.up = [nn.Linear(b, a) for a, b in zip(dims, dims[1:])][::-1]
        self.up.extend([nn.Identity(), nn.Linear(dims[0], 2)])
        self.heads = compat.ModuleDict({"a": nn.Linear(2, 1)})
        self.heads["b"] = nn.Linear(2, 3)
        self.heads.update({"c": compat.Sequential(OrderedDict([("first", nn.Linear(2, 2)), ("act", nn.ReLU())]))})
        self.skip_indices = [0]
        compat.plain_attribute(self, "plain", [nn.Identity(), nn.Identity()])   # not registered

    def __call__(self, x, head=None):
        feats = [x]
        for fc, norm in self.down:
            x = nn.relu(norm(fc(x)))
            feats.append(x)
        for i, layer in enumerate(self.up[:-2]):
            x = layer(x)
            if i in self.skip_indices:
                x = x + feats[-2 - i]
        for layer in reversed(self.plain):
            x = layer(x)
        x = self.up[-1](self.up[-2](x))
        if head is not None:
            return self.heads[head](x)
        return {name: m(x) for name, m in self.heads.items()}

    def summary(self):
        return len(self.down), len(self.up), sorted(self.heads.keys()), "a" in self.heads, [type(m).__name__ for m in self.heads.values()]


class Residual(nn.Module):
    def __init__(self, fn):
        super().__init__()
        self.fn = fn

    def __call__(self, x, **kwargs):
        return self.fn(x, **kwargs) + x


class Transformerish(nn.Module):
    """Pairs of wrapped layers, as in many code bases."""

    def __init__(self, dim, depth):
        super().__init__()
        self.layers = []
        for _ in range(depth):
            self.layers.append([
                Residual(compat.Sequential(nn.LayerNorm(dim), nn.Linear(dim, dim))),
                Residual(nn.Linear(dim, dim)),
            ])
        self.taps = [nn.Linear(dim, 1) for _ in self.layers]

    def __call__(self, x):
        outs = []
        for (attn, ff), tap in zip(self.layers, self.taps):
            x = attn(x)
            x = ff(x)
            outs.append(tap(x))
        return x, compat.squeeze(mx.stack(outs, axis=-1), 1)


class Lazy(nn.Module):
    """Builds its head later, and replaces it from outside."""

    def __init__(self, dim):
        super().__init__()
        for i in range(2):
            setattr(self, f"layer{i}", nn.Linear(dim, dim))
        self.head = None

    def build(self, dim, n):
        self.head = nn.Linear(dim, n)
        return self

    def __call__(self, x):
        for i in range(2):
            x = getattr(self, f"layer{i}")(x)
        return x if self.head is None else self.head(x)


def surgery(net, dim):
    net.head = nn.Linear(dim, 1, bias=False)
    net.layer1 = nn.Identity()
    return net


def walk(net):
    names = [n for n, _ in compat.named_children(net)]
    kinds = [type(m).__name__ for m in compat.children(net)]
    return names, kinds, len(list(compat.modules(net))), sum(1 for _ in compat.named_parameters(net))


class Scales(nn.Module):
    """Keys that are numbers: of sizes, of pairs, with zeros in front."""

    def __init__(self, sizes=(2, 16, 8)):
        super().__init__()
        self.by_size = compat.ModuleDict({str(s): nn.Linear(4, 4) for s in sizes})
        self.pairs = compat.ModuleDict()
        for i in range(2):
            for j in range(2):
                self.pairs[f"{i}_{j}"] = nn.Linear(4, 4)
        self.odd = compat.ModuleDict({"007": nn.Linear(4, 4)})
        self.gains = compat.ParameterDict({"10": mx.ones((4,)), "0": mx.zeros((4,))})

    def __call__(self, x):
        for size, layer in self.by_size.items():
            x = x + layer(x) / int(size)
        for layer in self.pairs.values():
            x = layer(x)
        return self.odd["007"](x) * self.gains["10"] + self.gains["0"]

    def summary(self):
        return list(self.by_size), len(self.pairs), list(self.odd.keys()), list(self.gains.keys())


class Numbered(nn.Module):
    """Children under numbers, in a module that is no container."""

    def __init__(self, n=2):
        super().__init__()
        self.n = n
        for i in range(n):
            compat.add_module(self, str(i + 1), nn.Linear(4, 4))

    def __call__(self, x):
        for i in range(self.n):
            x = getattr(self, str(i + 1))(x)
        return x
