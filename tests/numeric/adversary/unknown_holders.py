"""Arrays in lists, dicts and attributes of modules that come out of arguments which nothing tells about: PyTorch trains none of them."""
from types import SimpleNamespace

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def lin(v=0.1, d=3):
    layer = nn.Linear(d, d)
    nn.init.constant_(layer.weight, v)
    nn.init.constant_(layer.bias, v)
    return layer


def fit(m, x, y):
    opt = torch.optim.SGD(m.parameters(), lr=0.1)
    losses = []
    for _ in range(3):
        loss = F.mse_loss(m(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses, sorted(k for k, _ in m.named_parameters()), sorted(m.state_dict())


def settings(**more):
    return SimpleNamespace(mean=torch.zeros(3), std=torch.ones(3), **more)


# run fit(Listed(settings()), x, y) | x=f32[4,3] | y=f32[4,3]
class Listed(nn.Module):
    def __init__(self, args):
        super().__init__()
        self.fc = lin()
        self.stats = [args.mean, args.std]

    def forward(self, x):
        return (self.fc(x) - self.stats[0]) / self.stats[1]


# run fit(Mapped(settings()), x, y) | x=f32[4,3] | y=f32[4,3]
class Mapped(nn.Module):
    def __init__(self, args):
        super().__init__()
        self.fc = lin()
        self.stats = {"mean": args.mean, "std": args.std}

    def forward(self, x):
        return (self.fc(x) - self.stats["mean"]) / self.stats["std"]


# run fit(Paired(settings()), x, y) | x=f32[4,3] | y=f32[4,3]
class Paired(nn.Module):
    def __init__(self, args):
        super().__init__()
        self.fc = lin()
        self.stats = args.mean, args.std
        self.again = (self.stats[1],)

    def forward(self, x):
        mean, std = self.stats
        return (self.fc(x) - mean) / std * self.again[0]


# run fit(popped(), x, y) | x=f32[4,3] | y=f32[4,3]
class Popped(nn.Module):
    def __init__(self, **kw):
        super().__init__()
        self.fc = lin()
        self.mean = kw.pop("mean")
        self.std = kw.pop("std", None)
        self.rest = kw

    def forward(self, x):
        return (self.fc(x) - self.mean) / self.std + self.rest["more"]


def popped():
    return Popped(mean=torch.zeros(3), std=torch.ones(3), more=torch.ones(3))


# run fit(got(), x, y) | x=f32[4,3] | y=f32[4,3]
class Got(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.fc = lin()
        self.mean = cfg.get("mean")
        self.std = cfg.get("std", 1.0)
        self.more = cfg["more"]
        self.both = [cfg["mean"], cfg["more"]]

    def forward(self, x):
        return (self.fc(x) - self.mean) / self.std + self.more + self.both[1]


def got():
    return Got({"mean": torch.zeros(3), "std": torch.ones(3), "more": torch.ones(3)})


TABLES = {}


def table(name):
    def register(fn):
        TABLES[name] = fn
        return fn
    return register


@table("ramp")
def ramp(n):
    return torch.arange(n, dtype=torch.float32)


@table("hann")
class Hann:
    def __new__(cls, n):
        return torch.hann_window(n)


# run fit(Registered("ramp"), x, y) | x=f32[4,3] | y=f32[4,3]
# run fit(Registered("hann"), x, y) | x=f32[4,3] | y=f32[4,3]
class Registered(nn.Module):
    def __init__(self, name):
        super().__init__()
        self.fc = lin()
        self.table = TABLES[name](3)

    def forward(self, x):
        return self.fc(x) + self.table


LAYERS = {}


def layer(fn):
    LAYERS[fn.__name__] = fn
    return fn


@layer
def plain(n):
    return lin(0.1, n)


@layer
def window(n):
    return torch.ones(n)


# run fit(OfLayers("plain"), x, y) | x=f32[4,3] | y=f32[4,3]
# run fit(OfLayers("window"), x, y) | x=f32[4,3] | y=f32[4,3]
class OfLayers(nn.Module):
    def __init__(self, name):
        super().__init__()
        self.fc = lin()
        self.part = LAYERS[name](3)

    def forward(self, x):
        h = self.fc(x)
        return self.part(h) if isinstance(self.part, nn.Module) else h * self.part


class Registry:
    def __init__(self):
        self.made = {}

    def register(self, name):
        def keep(fn):
            self.made[name] = fn
            return fn
        return keep

    def build(self, name, *args):
        return self.made[name](*args)

    def get(self, name):
        return self.made[name]


KERNELS = Registry()


@KERNELS.register("box")
def box(n):
    return torch.ones(n) / n


@KERNELS.register("tri")
def tri(n):
    return torch.arange(n).float() / n


# run fit(OfRegistry("box"), x, y) | x=f32[4,3] | y=f32[4,3]
# run fit(OfRegistry("tri"), x, y) | x=f32[4,3] | y=f32[4,3]
class OfRegistry(nn.Module):
    def __init__(self, name):
        super().__init__()
        self.fc = lin()
        self.kernel = KERNELS.build(name, 3)
        self.other = KERNELS.get(name)(3)

    def forward(self, x):
        return self.fc(x) * self.kernel + self.other


# run fit(of_builder(), x, y) | x=f32[4,3] | y=f32[4,3]
class OfBuilder(nn.Module):
    def __init__(self, build, n):
        super().__init__()
        self.fc = lin()
        self.table = build(n)
        self.tables = [build(n) for _ in range(2)]
        self.by_name = {k: build(n) for k in "ab"}

    def forward(self, x):
        return self.fc(x) + self.table + self.tables[0] + self.by_name["a"]


def of_builder():
    return OfBuilder(lambda n: torch.ones(n), 3)


# run fit(of_layers_builder(), x, y) | x=f32[4,3] | y=f32[4,3]
class OfLayersBuilder(nn.Module):
    def __init__(self, build, n):
        super().__init__()
        self.fc = lin()
        self.part = build(0.2, n)
        self.parts = nn.ModuleList([build(0.1, n) for _ in range(2)])

    def forward(self, x):
        x = self.part(self.fc(x))
        for p in self.parts:
            x = p(x)
        return x


def of_layers_builder():
    return OfLayersBuilder(lin, 3)


# run fit(of_object(), x, y) | x=f32[4,3] | y=f32[4,3]
class Coder:
    def __init__(self):
        self.anchors = torch.ones(3)
        self.levels = [torch.zeros(3), torch.ones(3)]

    def grid(self):
        return self.anchors * 2


class OfObject(nn.Module):
    def __init__(self, coder):
        super().__init__()
        self.fc = lin()
        self.coder = coder
        self.anchors = coder.anchors
        self.levels = coder.levels
        self.grid = coder.grid()
        self.first = coder.levels[1]
        self.all = list(coder.levels)

    def forward(self, x):
        return self.fc(x) * self.anchors + self.levels[1] + self.grid + self.first + self.all[1]


def of_object():
    return OfObject(Coder())


# run fit(of_data(), x, y) | x=f32[4,3] | y=f32[4,3]
class OfData(nn.Module):
    def __init__(self, data):
        super().__init__()
        self.fc = lin()
        self.mean, self.std = data.stats()
        self.low = data.stats()[0]

    def forward(self, x):
        return (self.fc(x) - self.mean) / self.std + self.low


class Data:
    def __init__(self, x):
        self.x = x

    def stats(self):
        return self.x.mean(0), self.x.std(0) + 1


def of_data():
    return OfData(Data(torch.arange(6.0).view(2, 3)))


# run fit(of_numpy(), x, y) | x=f32[4,3] | y=f32[4,3]
class OfNumpy(nn.Module):
    def __init__(self, args):
        super().__init__()
        self.fc = lin()
        self.mean = args.mean
        self.std = torch.from_numpy(args.std)
        self.pair = [torch.as_tensor(args.mean), args.std]

    def forward(self, x):
        return (self.fc(x) - torch.from_numpy(self.mean)) / self.std + self.pair[0]


def of_numpy():
    return OfNumpy(SimpleNamespace(mean=np.ones(3, dtype=np.float32), std=np.ones(3, dtype=np.float32)))


# run fit(grown(), x, y) | x=f32[4,3] | y=f32[4,3]
class Grown(nn.Module):
    def __init__(self, sources):
        super().__init__()
        self.fc = lin()
        self.bank = []
        self.named = {}
        for i, s in enumerate(sources):
            self.bank.append(s)
            self.named[f"s{i}"] = s
        self.copied = list(sources)
        self.doubled = [s * 2 for s in sources]
        self.indexed = dict(enumerate(sources))

    def forward(self, x):
        return self.fc(x) + self.bank[0] + self.named["s1"] + self.copied[0] + self.doubled[1] + self.indexed[0]


def grown():
    return Grown([torch.ones(3), torch.ones(3)])


# run fit(of_call(), x, y) | x=f32[4,3] | y=f32[4,3]
class OfCall(nn.Module):
    def __init__(self, encoder, prompts):
        super().__init__()
        self.fc = lin()
        self.text = encoder(prompts)
        self.cache = {p: encoder(p) for p in prompts}
        self.feats = [encoder(p) for p in prompts]

    def forward(self, x):
        return self.fc(x) + self.text + self.cache["a"] + self.feats[1]


def encode(p):
    return torch.full((3,), float(len(p)))


def of_call():
    return OfCall(encode, ["a", "bc"])


# run fit(of_default(), x, y) | x=f32[4,3] | y=f32[4,3]
class OfDefault(nn.Module):
    def __init__(self, mean=None, std=None, opts=None):
        super().__init__()
        self.fc = lin()
        opts = opts or {}
        self.mean = mean if mean is not None else opts.get("mean", torch.zeros(3))
        self.std = std or opts.setdefault("std", torch.ones(3))
        self.both = (self.mean, self.std)

    def forward(self, x):
        return (self.fc(x) - self.mean) / self.both[1]


def of_default():
    return OfDefault(opts={"mean": torch.ones(3)})


# run fit(of_parts(), x, y) | x=f32[4,3] | y=f32[4,3]
class OfParts(nn.Module):
    def __init__(self, args):
        super().__init__()
        self.fc = lin()
        self.parts = nn.ModuleList([args.a, args.b])
        self.act = args.act
        self.named = nn.ModuleDict({"a": args.c})

    def forward(self, x):
        x = self.act(self.fc(x))
        for p in self.parts:
            x = p(x)
        return self.named["a"](x)


def of_parts():
    return OfParts(SimpleNamespace(a=lin(), b=lin(0.2), c=lin(0.3), act=nn.PReLU()))
