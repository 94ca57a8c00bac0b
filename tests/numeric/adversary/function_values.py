import copy
from functools import partial, reduce

import torch
import torch.nn as nn
import torch.nn.functional as F


def names(m):
    return [n for n, _ in m.named_parameters()], [n for n, _ in m.named_buffers()], sorted(m.state_dict())


def cosine(n):
    return torch.linspace(0.1, 0.2, n)


def linear(n):
    return torch.linspace(0.0, 0.3, n)


class ByName(nn.Module):
    def __init__(self, n=4, kind="linear"):
        super().__init__()
        if kind == "linear":
            make = linear
        elif kind == "cosine":
            make = cosine
        else:
            raise ValueError(kind)
        betas = make(n)
        alphas = 1.0 - betas
        self.betas = betas
        self.alphas = alphas
        self.total = torch.cumprod(alphas, dim=0)
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        return self.fc(x) * self.betas[0] + self.alphas[x.argmax(1)][:, None] + self.total.sum()


# run by_name()
def by_name():
    m = ByName(kind="cosine")
    return names(m), m.betas, m.alphas


TABLE = {"linear": linear, "cosine": cosine}


class ByTable(nn.Module):
    def __init__(self, n=4, kind="linear"):
        super().__init__()
        self.betas = TABLE[kind](n)
        self.late = TABLE.get(kind, linear)(n)
        self.alphas = 1.0 - self.betas
        self.total = self.alphas.cumprod(0)
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        return self.fc(x) * self.betas[0] + self.alphas[x.argmax(1)][:, None]


# run by_table()
def by_table():
    m = ByTable()
    return names(m), m.betas, m.alphas, m.late


class ByGlobals(nn.Module):
    def __init__(self, n=4, kind="lin"):
        super().__init__()
        self.betas = globals()[kind + "ear"](n)
        self.fc = nn.Linear(3, 2)


# run by_globals()
def by_globals():
    return names(ByGlobals()), ByGlobals().betas


class ByDefault(nn.Module):
    def __init__(self, n=4, make=linear):
        super().__init__()
        self.betas = make(n)
        self.alphas = (1.0 - self.betas).unsqueeze(0)
        self.fc = nn.Linear(3, 2)


# run by_default()
def by_default():
    return names(ByDefault()), names(ByDefault(make=cosine)), ByDefault().alphas


class ByArgument(nn.Module):
    def __init__(self, make, n=4):
        super().__init__()
        self.scale = make(n)
        self.cos, self.sin = make(n), make(n) * 2
        self.low, self.high = [make(n) for _ in range(2)]
        self.fc = nn.Linear(n, n)

    def forward(self, x):
        return self.fc(x) * self.scale + x * self.cos - x * self.sin + (self.low + x) * (x - self.high)


# run by_argument(x) | x=f32[3,4]
def by_argument(x):
    m = ByArgument(torch.ones)
    y = ByArgument(lambda n: torch.arange(n).float())
    nn.init.constant_(m.fc.weight, 0.1)
    nn.init.constant_(m.fc.bias, 0.2)
    return names(m), names(y), m(x)


class ByMember(nn.Module):
    def __init__(self, kind="sin", n=8):
        super().__init__()
        self.table = getattr(self, "make_" + kind)(n)
        self.other = getattr(self, f"make_{kind}")(n)
        build = self.make_sin if kind == "sin" else self.make_cos
        self.built = build(n)
        self.chosen = {"sin": self.make_sin, "cos": self.make_cos}[kind](n)
        self.own = type(self).fixed(n)
        self.same = self.__class__.fixed(n)
        self.fc = nn.Linear(2, 2)

    @staticmethod
    def fixed(n):
        return torch.zeros(n)

    def make_sin(self, n):
        return torch.arange(n).float().sin()

    def make_cos(self, n):
        return torch.arange(n).float().cos()


# run by_member()
def by_member():
    m = ByMember()
    return names(m), m.table, m.other, m.built, m.chosen, m.own, m.same


class ByLibrary(nn.Module):
    def __init__(self, window="hann_window", n=8):
        super().__init__()
        self.window = getattr(torch, window)(n)
        self.mask = {"ones": torch.ones, "zeros": torch.zeros}["ones"](n)
        make = partial(torch.full, (n,))
        self.full = make(2.0)
        double = lambda k: torch.ones(k) * 2
        self.double = double(n)
        self.now = (lambda: torch.ones(2))()
        self.fc = nn.Linear(n, n)

    def forward(self, x):
        return self.fc(x) * self.window


# run by_library(x) | x=f32[2,8]
def by_library(x):
    net = ByLibrary()
    nn.init.constant_(net.fc.weight, 0.1)
    nn.init.constant_(net.fc.bias, 0.2)
    opt = torch.optim.SGD(net.parameters(), lr=0.5)
    for _ in range(2):
        opt.zero_grad()
        net(x).square().mean().backward()
        opt.step()
    return net.window, net.fc.bias, names(net), net.full, net.double, net.mask


REGISTRY = {}


def register(name):
    def decorate(function):
        REGISTRY[name] = function
        return function
    return decorate


@register("ramp")
def ramp(n):
    return torch.linspace(0, 1, n)


def find(kind):
    if kind not in REGISTRY:
        raise KeyError(kind)
    return REGISTRY[kind]


class ByRegistry(nn.Module):
    def __init__(self, kind="ramp", n=3):
        super().__init__()
        make = find(kind)
        self.w = make(n)
        self.v = REGISTRY[kind](n)
        self.u = find(kind)(n)
        self.fc = nn.Linear(n, n)

    def forward(self, x):
        return self.fc(x * self.w) + x * self.v + torch.mul(x, self.u)


# run by_registry()
def by_registry():
    return names(ByRegistry())


def schedule(kind):
    def even(n):
        return torch.ones(n)

    def odd(n):
        return torch.zeros(n) + 0.5
    return odd if kind == "odd" else even


class ByInner(nn.Module):
    def __init__(self, kind="odd", n=3):
        super().__init__()
        self.betas = schedule(kind)(n)
        self.sched = schedule("even")
        self.extra = self.sched(n)
        self.fc = nn.Linear(n, n)

    def forward(self, x):
        return self.fc(x) * self.betas + self.extra * x


# run by_inner()
def by_inner():
    return names(ByInner())


class Chosen(nn.Module):
    """A tensor, or a number; what is taken out of what holds tensors."""

    def __init__(self, n=3, alpha=0.25):
        super().__init__()
        self.h = torch.ones(2) if n else 0
        self.alpha = torch.tensor(alpha) if alpha else 1.0
        self.a, self.b = (torch.ones(i) for i in (1, 2))
        self.most = max([torch.tensor(1.0), torch.tensor(2.0)])
        self.product = reduce(torch.mul, [torch.full((2,), float(p)) for p in (1, 2, 3)])
        self.fc = nn.Linear(2, 2)

    def forward(self, x):
        return self.fc(x) * self.alpha + self.h * self.product


# run chosen()
def chosen():
    return names(Chosen()), names(Chosen(0, None)), Chosen(0).h


class Copied(nn.Module):
    def __init__(self, t):
        super().__init__()
        self.t = copy.deepcopy(t)
        self.u = t.clone() if isinstance(t, torch.Tensor) else t
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        return self.fc(x) * self.t + self.u[None, :]


# run copied(x) | x=f32[4]
def copied(x):
    return names(Copied(x))


# ---- what functions give and MLX trains stays where it is


NORMS = {"layer": nn.LayerNorm, "batch": nn.BatchNorm1d}
ACTS = {"relu": F.relu, "gelu": nn.GELU()}


def make_act(kind):
    return nn.ReLU() if kind == "relu" else nn.GELU()


class Layers(nn.Module):
    def __init__(self, dim=4, norm=nn.LayerNorm, kind="layer", make=None, act="relu", blocks=None):
        super().__init__()
        self.norm = norm(dim)
        self.other = NORMS[kind](dim)
        self.act = make_act(act)
        self.fn = ACTS["gelu"]
        self.named = getattr(nn, "LayerNorm")(dim)
        make = make or (lambda n: nn.Linear(n, n))
        self.proj = make(dim)
        self.scale = dim ** -0.5
        self.width = dim // 2
        self.built = getattr(self, "build_" + kind)(dim)
        self.blocks = blocks(dim) if blocks else None

    def build_layer(self, dim):
        return nn.Linear(dim, dim, bias=False)

    def build_batch(self, dim):
        return nn.Identity()

    def forward(self, x):
        x = self.fn(self.act(self.other(self.norm(x)))) * self.scale
        return self.named(self.proj(x) + self.built(x)) * self.norm.weight + self.proj.weight[:, 0]


# run layers()
def layers():
    return names(Layers()), names(Layers(blocks=lambda n: nn.Linear(n, 2))), names(Layers(norm=nn.BatchNorm1d, kind="batch"))


# run layers_apart(x) | x=f32[3,4]
def layers_apart(x):
    m = Layers()
    for p in m.parameters():
        nn.init.constant_(p, 0.1)
    return m(x), m.scale, m.width


class Learned(nn.Module):
    def __init__(self, kind="w", n=3):
        super().__init__()
        self.w = getattr(self, "make_" + kind)(n)
        self.fc = nn.Linear(n, n)

    def make_w(self, n):
        return nn.Parameter(torch.ones(n))

    def make_v(self, n):
        return nn.Parameter(torch.zeros(n))

    def forward(self, x):
        return self.fc(x) * self.w


# run learned()
def learned():
    return names(Learned()), names(Learned("v"))


# ---- a parameter of one method, a tensor of another


# run either() | todo
def either():
    return names(EitherOf()), names(EitherOf("learned"))


class EitherOf(nn.Module):
    def __init__(self, kind="fixed", n=3):
        super().__init__()
        self.w = getattr(self, "make_" + kind)(n)

    def make_fixed(self, n):
        return torch.ones(n)

    def make_learned(self, n):
        return nn.Parameter(torch.ones(n))


# run overridden() | todo
def overridden():
    return names(Fixed()), names(LearnedScale())


class Fixed(nn.Module):
    def __init__(self):
        super().__init__()
        self.t = self.make_t()

    def make_t(self):
        return torch.tensor(0.5)


class LearnedScale(Fixed):
    def make_t(self):
        return nn.Parameter(torch.tensor(0.5))


# run abstract() | todo
def abstract():
    return names(AbstractLearned()), names(AbstractFixed())


class Abstract(nn.Module):
    def __init__(self, n=3):
        super().__init__()
        self.pe = self.build(n)

    def build(self, n):
        raise NotImplementedError


class AbstractLearned(Abstract):
    def build(self, n):
        return nn.Parameter(torch.ones(n))


class AbstractFixed(Abstract):
    def build(self, n):
        return torch.arange(n).float().sin()


# run only_learned()
def only_learned():
    return names(FirstWeights()), names(SecondWeights())


class Weights(nn.Module):
    def __init__(self, n=3):
        super().__init__()
        self.pe = self.build(n)
        self.fc = nn.Linear(n, n)

    def build(self, n):
        raise NotImplementedError

    def forward(self, x):
        return self.fc(x) + self.pe


class FirstWeights(Weights):
    def build(self, n):
        return nn.Parameter(torch.ones(n))


class SecondWeights(Weights):
    def build(self, n):
        return nn.Parameter(torch.zeros(n))


# run only_fixed()
def only_fixed():
    return names(FirstTable()), names(SecondTable())


class Table(nn.Module):
    def __init__(self, n=3):
        super().__init__()
        self.pe = self.build(n)
        self.fc = nn.Linear(n, n)

    def build(self, n):
        raise NotImplementedError

    def forward(self, x):
        return self.fc(x) + self.pe


class FirstTable(Table):
    def build(self, n):
        return torch.ones(n)


class SecondTable(Table):
    def build(self, n):
        return torch.zeros(n)
