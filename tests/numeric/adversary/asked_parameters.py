"""What is a parameter in one run and a plain tensor in another: the port notes of an array that it was made a parameter, and asks."""
import functools

import torch
import torch.nn as nn


def names(m):
    return [n for n, _ in m.named_parameters()], sorted(m.state_dict())


def trained(m, x):
    """What three steps make of all that the module holds."""
    opt = torch.optim.SGD(m.parameters(), lr=0.1)
    for _ in range(3):
        opt.zero_grad()
        (m(x) ** 2).mean().backward()
        opt.step()
    return names(m), m.w, m(x)


class Own(nn.Module):
    def __init__(self, w=None):
        super().__init__()
        self.w = w or nn.Parameter(torch.ones(3))
        self.fc = nn.Linear(3, 3)
        nn.init.constant_(self.fc.weight, 0.2)
        nn.init.zeros_(self.fc.bias)

    def forward(self, x):
        return self.fc(x) * self.w


# run own(x) | x=f32[2,3]
def own(x):
    return trained(Own(), x)


class Given(nn.Module):
    def __init__(self, w=None):
        super().__init__()
        self.w = w if w is not None else nn.Parameter(torch.ones(3))
        self.fc = nn.Linear(3, 3)
        nn.init.constant_(self.fc.weight, 0.2)
        nn.init.zeros_(self.fc.bias)

    def forward(self, x):
        return self.fc(x) * self.w


# run given(x) | x=f32[2,3]
def given(x):
    return trained(Given(), x), trained(Given(torch.full((3,), 2.0)), x), trained(Given(nn.Parameter(torch.full((3,), 2.0))), x)


class Turned(nn.Module):
    def __init__(self, w=None):
        super().__init__()
        self.w = nn.Parameter(torch.ones(3)) if w is None else w


# run turned()
def turned():
    p = nn.Parameter(torch.ones(3))
    return names(Turned()), names(Turned(torch.ones(2))), names(Turned(p))


# run rebound() | todo
def rebound():
    return names(Rebound()), names(Rebound(torch.ones(2))), names(Rebound(nn.Parameter(torch.ones(3))))


class Rebound(nn.Module):
    def __init__(self, w=None):
        super().__init__()
        if w is None:
            w = nn.Parameter(torch.ones(3))
        self.w = w


class Options(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.w = options.get("w") or nn.Parameter(torch.ones(3))
        self.v = options.pop("v", nn.Parameter(torch.ones(3)))
        self.z = getattr(self, "none_there", None) or nn.Parameter(torch.ones(3))


# run options()
def options():
    return names(Options())


# run wanted() | todo
def wanted():
    return names(Wanted(True)), names(Wanted(False))


class Wanted(nn.Module):
    def __init__(self, learned):
        super().__init__()
        self.w = learned and nn.Parameter(torch.ones(3))
        self.v = None or (nn.Parameter(torch.ones(3)) if learned else torch.ones(3))


class Never(nn.Module):
    """No caller gives a tensor: nothing is asked."""

    def __init__(self, w=None):
        super().__init__()
        self.w = w if w is not None else nn.Parameter(torch.ones(3))


# run never()
def never():
    return names(Never()), names(Never(nn.Parameter(torch.ones(3))))


class Kept(nn.Module):
    """The tensor that a parameter was made of is none itself."""

    def __init__(self, w):
        super().__init__()
        p = nn.Parameter(w)
        if w.sum() > 0:
            self.register_buffer("t", w)
        else:
            self.t = w
        self.u = p if w.sum() > 0 else None


# run kept()
def kept():
    return [names(Kept(w)) for w in (torch.ones(3), -torch.ones(3))]


def plain(n):
    return torch.ones(n)


def learned(n):
    return nn.Parameter(torch.ones(n))


def as_parameter(f):
    @functools.wraps(f)
    def inner(*args):
        return nn.Parameter(f(*args))

    return inner


@as_parameter
def zeros(n):
    return torch.zeros(n)


class Init:
    def __call__(self, n):
        return nn.Parameter(torch.ones(n))


MAKERS = {"plain": plain, "learned": learned, "zeros": zeros, "object": Init()}


# run made() | todo
def made():
    return [(names(Made(kind)), Made(kind).filled) for kind in ("plain", "learned", "object")]


class Made(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.w = MAKERS[kind](3)
        self.switched = MAKERS[kind](3).requires_grad_()
        self.filled = nn.init.constant_(MAKERS[kind](3), 2.0)


# run decorated() | todo
def decorated():
    return names(Decorated("zeros"))


class Decorated(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.w = {"zeros": zeros}[kind](3)


# run by_argument() | todo
def by_argument():
    return [names(ByArgument(torch.ones)), names(ByArgument(learned)), names(ByArgument(lambda n: nn.Parameter(torch.ones(n))))]


class ByArgument(nn.Module):
    def __init__(self, make):
        super().__init__()
        self.w = make(3)


# run of_attribute() | todo
def of_attribute():
    return names(OfAttribute(plain)), names(OfAttribute(learned))


class OfAttribute(nn.Module):
    def __init__(self, make):
        super().__init__()
        self.make = make
        self.w = self.make(3)
        self.half = self.make(3) / 2


# run bound() | todo
def bound():
    return names(Bound("plain", True)), names(Bound("learned", False))


class Bound(nn.Module):
    def __init__(self, kind, learn):
        super().__init__()
        self.w = self.make(kind)
        build = functools.partial(self.build, learn=learn)
        self.v = build(3)

    def make(self, kind):
        return getattr(self, "make_" + kind)(3)

    def make_plain(self, n):
        return torch.ones(n)

    def make_learned(self, n):
        w = torch.ones(n)
        w = nn.Parameter(w)
        return w

    def build(self, n, learn):
        t = torch.ones(n)
        return nn.Parameter(t) if learn else t


# run below() | todo
def below():
    return names(Below()), names(BelowLearned())


class Below(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = self.make(3)

    def make(self, n):
        return torch.ones(n)


class BelowLearned(Below):
    def make(self, n):
        return nn.Parameter(super().make(n))


class Block(nn.Module):
    """Layers that functions make are nothing to ask about."""

    def __init__(self, make, act):
        super().__init__()
        self.fc = make(3)
        self.act = act()


# run block(x) | x=f32[2,3]
def block(x):
    return names(Block(lambda n: nn.Linear(n, n), nn.ReLU))


# run pair() | todo
def pair():
    return names(Pair([plain, learned])), names(Pair([learned, learned]))


class Pair(nn.Module):
    def __init__(self, makers):
        super().__init__()
        self.u, self.v = [make(3) for make in makers]


# run held() | todo
def held():
    return names(Held(nn.Linear(3, 3).weight)), names(Held(torch.ones(3)))


class Held(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.w = w
