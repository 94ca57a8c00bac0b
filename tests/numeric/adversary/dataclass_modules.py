"""Constructors that `@dataclass` generates for modules: what they store of tensors is trained only if it is a parameter."""
import dataclasses
import functools
from dataclasses import dataclass, field
from typing import Any, Generic, Optional, TypeVar
import torch
import torch.nn as nn


def names(m):
    return [n for n, _ in m.named_parameters()], [n for n, _ in m.named_buffers()], sorted(m.state_dict())


@dataclass(eq=False)
class Scaled(nn.Module):
    t: torch.Tensor
    n: int = 3

    def __post_init__(self):
        self.u = self.t * 2

    def __new__(cls, *args, **kw):
        self = super().__new__(cls)
        nn.Module.__init__(self)
        return self

    def forward(self, x):
        return x * self.t * self.u


# run scaled(x) | x=f32[2,3]
def scaled(x):
    k = Scaled(torch.ones(3))
    return names(k), k(x)


@dataclass(eq=False)
class Late(nn.Module):
    t: torch.Tensor
    fc: nn.Module
    scale: float = 2.0

    def __post_init__(self):
        super().__init__()

    def forward(self, x):
        return x * self.scale


# run late() | weights=own
def late():
    try:
        return names(Late(torch.ones(3), None)), 1
    except AttributeError:
        return "no", 0


@dataclasses.dataclass(eq=False)
class Factory(nn.Module):
    scale: float
    t: torch.Tensor = field(default_factory=lambda: torch.ones(3))

    def __new__(cls, *args, **kw):
        self = super().__new__(cls)
        nn.Module.__init__(self)
        return self


# run factory()
def factory():
    return names(Factory(1.0)), Factory(1.0).t


class Base(nn.Module):
    def __init_subclass__(cls, **kw):
        super().__init_subclass__(**kw)

    def __new__(cls, *args, **kw):
        self = super().__new__(cls)
        nn.Module.__init__(self)
        return self


@dataclass(eq=False)
class Both(Base):
    w: nn.Parameter
    t: torch.Tensor
    n: int = 1


# run both()
def both():
    return names(Both(nn.Parameter(torch.ones(2)), torch.ones(3)))


@dataclass(eq=False)
class Inherited(Both):
    """The generated constructor takes the fields of its base."""

    k: int = 2


# run inherited()
def inherited():
    return names(Inherited(nn.Parameter(torch.ones(2)), torch.ones(3)))


@dataclass(eq=False)
class Given(Base):
    w: torch.Tensor


# run given()
def given():
    return names(Given(nn.Parameter(torch.ones(2)))), names(Given(torch.ones(2)))


@dataclass(eq=False)
class Written(Base):
    """A constructor of its own stays."""

    t: torch.Tensor

    def __init__(self, n):
        super().__init__()
        self.t = torch.ones(n)


# run written()
def written():
    return names(Written(3))


Array = torch.Tensor
Item = TypeVar("Item")
Maybe = Optional[torch.Tensor]


@dataclass(eq=False)
class ByAlias(Base, Generic[Item]):
    w: Array
    v: Item
    u: Maybe = None
    k: "Array" = None


# run by_alias()
def by_alias():
    m, n = ByAlias(torch.ones(3), torch.ones(2), torch.zeros(1)), ByAlias(torch.ones(3), nn.Parameter(torch.ones(2)))
    return names(m), names(n), m.w, m.u, n.u, n.v


def configured(cls):
    return dataclass(eq=False)(cls)


module_class = functools.partial(dataclass, eq=False)
made_class = dataclass(eq=False)


@configured
class ByFunction(Base):
    w: torch.Tensor


@module_class
class ByPartial(Base):
    w: torch.Tensor


@made_class
class ByName(Base):
    w: torch.Tensor


# run by_own_decorator()
def by_own_decorator():
    return [names(cls(torch.ones(3))) for cls in (ByFunction, ByPartial, ByName)]


@dataclass(eq=False)
class Head(Base):
    w: torch.Tensor

    def forward(self, x):
        return x @ self.w


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        nn.init.constant_(self.fc.weight, 0.1)
        nn.init.constant_(self.fc.bias, 0.2)
        self.head = Head(self.fc.weight)
        self.plain = Head(self.fc.weight.detach().clone())

    def forward(self, x):
        return self.head(self.fc(x)) + self.plain(x)


# run of_another_module(x) | x=f32[4,3]
def of_another_module(x):
    m = Tied()
    opt = torch.optim.SGD(m.parameters(), lr=0.1)
    for _ in range(2):
        opt.zero_grad()
        m(x).square().mean().backward()
        opt.step()
    return names(m), m.fc.weight, m.head.w, m.plain.w, m(x)


@dataclass(eq=False)
class WithDefaults(Base):
    size: int = 3
    act: Any = "relu"
    scale: Optional[torch.Tensor] = None

    def forward(self, x):
        y = torch.relu(x) if self.act == "relu" else x
        return y if self.scale is None else y * self.scale


class OwnConstructor(WithDefaults):
    def __init__(self, size):
        self.size = size


# run of_the_class(x) | x=f32[4,3]
def of_the_class(x):
    own, given, late = OwnConstructor(4), WithDefaults(act="none", scale=torch.ones(3) * 2), WithDefaults()
    late.scale = torch.ones(3) * 3
    late.act = "none"
    cleared = WithDefaults(scale=torch.ones(3))
    cleared.scale = None
    return WithDefaults.act, own.act, own.scale, own(x), given(x), names(given), late(x), cleared(x), names(cleared)


class OfTensor(nn.Module):
    def __init__(self, t):
        super().__init__()
        self.w = nn.Parameter(t)


# run of_a_parameters_tensor(x) | x=f32[4,3]
def of_a_parameters_tensor(x):
    t = torch.ones(3)
    p, plain = OfTensor(t), WithDefaults(scale=t)
    return names(p), names(plain), plain(x)
