import contextlib

import torch
import torch.nn as nn


def names(m):
    return [n for n, _ in m.named_parameters()], [n for n, _ in m.named_buffers()], sorted(m.state_dict())


class Kept(nn.Module):
    def __init__(self, kind, n=3):
        super().__init__()
        t = torch.ones(n)
        if kind == "buffer":
            self.register_buffer("t", t)
        else:
            self.t = t
        self.fc = nn.Linear(n, n)

    def forward(self, x):
        return self.fc(x) * self.t


# run kept(x) | x=f32[2,3]
def kept(x):
    out = []
    for kind in ("buffer", "plain"):
        m = Kept(kind)
        nn.init.constant_(m.fc.weight, 0.1)
        nn.init.constant_(m.fc.bias, 0.2)
        opt = torch.optim.SGD(m.parameters(), lr=0.5)
        for _ in range(2):
            opt.zero_grad()
            m(x).square().mean().backward()
            opt.step()
        out.append((names(m), m.t, m.fc.bias))
    return out


class Three(nn.Module):
    def __init__(self, kind, n=3):
        super().__init__()
        t = torch.ones(n)
        if kind == "buffer":
            self.register_buffer("t", t, persistent=False)
        elif kind == "param":
            self.t = nn.Parameter(t)
        else:
            self.t = t


# run three()
def three():
    return names(Three("buffer")), names(Three("param")), names(Three("plain"))


class Registered(nn.Module):
    def __init__(self, kind, n=3):
        super().__init__()
        if kind == "b":
            self.register_buffer("t", torch.ones(n))
        elif kind == "p":
            self.register_parameter("t", nn.Parameter(torch.ones(n)))
        else:
            self.t = torch.ones(n)


# run registered()
def registered():
    return names(Registered("b")), names(Registered("p")), names(Registered("c"))


class Leaves(nn.Module):
    def __init__(self, kept):
        super().__init__()
        self.fill(kept)

    def fill(self, kept):
        if kept:
            self.register_buffer("mask", torch.ones(2))
            return
        self.mask = torch.zeros(2)


# run leaves()
def leaves():
    return names(Leaves(True)), names(Leaves(False))


class Updated(nn.Module):
    """What is registered above stays a buffer, whoever gives it another value."""

    def __init__(self, doubled):
        super().__init__()
        self.register_buffer("mean", torch.zeros(2))
        if doubled:
            self.register_buffer("std", torch.ones(2))
            self.std = torch.ones(2) * 2
        else:
            self.register_buffer("std", torch.ones(2))

    def forward(self, x):
        if self.training:
            self.mean = x.mean(0)
        else:
            self.std = x.std(0)
        return (x - self.mean) / self.std


# run updated(x) | x=f32[4,2]
def updated(x):
    m = Updated(True)
    y = m(x)
    m.eval()
    return y, m(x), m.state_dict(), names(Updated(False))


class ByMethod(nn.Module):
    def __init__(self, kind="a"):
        super().__init__()
        if kind == "a":
            self.keep(torch.ones(3))
        else:
            self.t = torch.ones(3) * 2

    def keep(self, t):
        self.register_buffer("t", t)


class ByTry(nn.Module):
    def __init__(self, kind="a"):
        super().__init__()
        try:
            if kind == "a":
                raise ValueError
            self.register_buffer("t", torch.ones(3))
        except ValueError:
            self.t = torch.ones(3) * 2


class ByMatch(nn.Module):
    def __init__(self, kind="a"):
        super().__init__()
        match kind:
            case "a":
                self.register_buffer("t", torch.ones(3))
            case _:
                self.t = torch.ones(3) * 2


class ByTurn(nn.Module):
    def __init__(self, kind="a"):
        super().__init__()
        for _ in range(1):
            if kind == "a":
                self.register_buffer("t", torch.ones(3))
                continue
            self.t = torch.ones(3) * 2


class ByBase(nn.Module):
    def __init__(self, kind="a"):
        super().__init__()
        self.set_up(torch.zeros(3))
        if kind == "a":
            self.t = torch.ones(3) * 2
        else:
            self.register_buffer("u", torch.ones(3))

    def set_up(self, t):
        self.register_buffer("t", t)


class Below(ByBase):
    def __init__(self, kind="a"):
        super().__init__(kind)
        self.t = torch.ones(3) * 3

    def forward(self, x):
        self.t = x.mean(0)
        return self.t


class Set(nn.Module):
    def __init__(self, kind="a"):
        super().__init__()
        self.register_buffer("t", None)
        if kind == "a":
            self.t = torch.ones(3) * 2
        else:
            self.register_buffer("t", torch.ones(4))


# run ways(ByMethod)
# run ways(ByTry)
# run ways(ByMatch)
# run ways(ByTurn)
# run ways(ByBase)
# run ways(Below)
# run ways(Set)
def ways(make):
    made = [make(kind) for kind in "ab"]
    return [(names(m), m.t) for m in made]


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.make()

    def make(self):
        self.t = torch.ones(3)


class Overridden(Base):
    def make(self):
        self.register_buffer("t", torch.ones(3) * 2)


# run overridden()
def overridden():
    m, s = Base(), Overridden()
    return names(m), names(s), m.t + s.t


class Up(nn.Module):
    def __init__(self):
        super().__init__()
        self.t = torch.ones(3)


class Down(Up):
    def __init__(self):
        super().__init__()
        del self.t
        self.register_buffer("t", torch.ones(3) * 3)


# run below()
def below():
    return names(Up()), names(Down()), Down().t


class Suppressed(nn.Module):
    def __init__(self, n):
        super().__init__()
        with contextlib.suppress(ValueError):
            if n:
                raise ValueError
            self.register_buffer("t", torch.zeros(3))
        self.t = torch.ones(3)


# run suppressed()
def suppressed():
    return [names(Suppressed(n)) for n in (0, 3)]


class SetUp(nn.Module):
    def __init__(self):
        super().__init__()
        self.set_up()
        self.t = torch.ones(3)

    def set_up(self):
        self.register_buffer("t", torch.zeros(3))


class SetUpNot(SetUp):
    def set_up(self):
        pass


# run set_up()
def set_up():
    return names(SetUp()), names(SetUpNot())


class Always(nn.Module):
    def __init__(self):
        super().__init__()
        with torch.no_grad():
            self.register_buffer("t", torch.zeros(3))
        self.t = torch.ones(3)


class AlwaysBelow(Always):
    def __init__(self):
        super().__init__()
        self.t = torch.ones(3) * 4

    def reset(self):
        self.t = torch.zeros(3)


# run always()
def always():
    m = AlwaysBelow()
    m.reset()
    return names(Always()), names(m), m.t


# run chosen() | todo
def chosen():
    return [names(Chosen(k)) for k in (0, 1, 2)]


class Chosen(nn.Module):
    def __init__(self, kind):
        super().__init__()
        t = torch.ones(3)
        if kind == 0:
            self.register_buffer("t", t)
        else:
            if kind == 1:
                t = nn.Parameter(t)
            self.t = t


# run made_or_kept() | todo
def made_or_kept():
    return [names(MadeOrKept(k)) for k in (0, 1, 2)]


class MadeOrKept(nn.Module):
    def __init__(self, kind):
        super().__init__()
        if kind == 0:
            self.register_buffer("t", torch.ones(3))
        else:
            self.t = self.make(kind)

    def make(self, kind):
        t = torch.ones(3)
        if kind == 1:
            return nn.Parameter(t)
        return t


# run given_or_kept() | todo
def given_or_kept():
    p = nn.Parameter(torch.ones(3))
    return names(GivenOrKept(0, torch.ones(3))), names(GivenOrKept(1, torch.ones(3))), names(GivenOrKept(1, p))


class GivenOrKept(nn.Module):
    def __init__(self, kind, w):
        super().__init__()
        if kind == 0:
            self.register_buffer("t", w)
        else:
            self.t = w


class BuiltInBranch(nn.Module):
    """The method that registers the buffer is called in one branch of the constructor only."""

    def __init__(self, kept):
        super().__init__()
        if kept:
            self.build()

    def build(self):
        self.register_buffer("t", torch.ones(3))

    def put(self):
        self.t = torch.zeros(3)


class BuiltBelow(nn.Module):
    def __init__(self):
        super().__init__()
        self.build()

    def build(self):
        self.register_buffer("t", torch.ones(3))

    def put(self):
        self.t = torch.zeros(3)


class BuildsNothing(BuiltBelow):
    def build(self):
        pass


class ByOperator(nn.Module):
    def __init__(self, kept):
        super().__init__()
        kept and self.register_buffer("t", torch.ones(3))
        self.t = torch.zeros(3)


def put(m):
    m.put()
    return names(m), m.t


# run built_in_branch()
def built_in_branch():
    return put(BuiltInBranch(True)), put(BuiltInBranch(False)), put(BuiltBelow()), put(BuildsNothing()), names(ByOperator(True)), names(ByOperator(False))


class Awaited(nn.Module):
    """What a buffer of one branch gets later is a buffer, and a plain tensor where there is none."""

    def __init__(self, kind):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        if kind == "buffer":
            self.register_buffer("mean", None)
        else:
            self.mean = None

    def calibrate(self, x):
        self.mean = x.mean(0)

    def forward(self, x):
        y = self.fc(x)
        return y if self.mean is None else y - self.mean


class AwaitedBeside(Awaited):
    def __init__(self, kind):
        super().__init__(kind)
        if kind != "buffer":
            self.mean = torch.zeros(3)


class ByLoop(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        for name in ("mean", "std"):
            if kind == "buffer":
                self.register_buffer(name, None)

    def calibrate(self, x):
        self.mean, self.std = x.mean(0), x.std(0)

    def forward(self, x):
        return (self.fc(x) - self.mean) / self.std


class ByPrefix(nn.Module):
    def __init__(self, kind, prefix="mean"):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.register_buffer(f"{prefix}", None, persistent=kind == "buffer")
        self.register_buffer(prefix + "_std", torch.ones(3))

    def calibrate(self, x):
        self.mean = x.mean(0)
        self.mean_std = x.std(0)

    def forward(self, x):
        return (self.fc(x) - self.mean) / self.mean_std


class ByNumber(nn.Module):
    def __init__(self, kind, n=2):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.n = n
        for i in range(n if kind == "buffer" else 0):
            self.register_buffer("mean%d" % i, None)

    def calibrate(self, x):
        for i in range(self.n):
            setattr(self, "mean%d" % i, x[i] * 2)

    @property
    def mean(self):
        return self.mean0

    def forward(self, x):
        y = self.fc(x)
        for i in range(self.n):
            y = y - getattr(self, f"mean{i}")
        return y


class WithStats:
    def add_stats(self, **stats):
        for name, value in stats.items():
            self.register_buffer(name, value)


class ByMixin(nn.Module, WithStats):
    def __init__(self, kind):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        if kind == "buffer":
            self.add_stats(mean=None, std=torch.ones(3))

    def calibrate(self, x):
        self.mean = x.mean(0)

    def forward(self, x):
        return self.fc(x) - self.mean


# run awaited(Awaited, x) | x=f32[4,3]
# run awaited(AwaitedBeside, x) | x=f32[4,3]
# run awaited(ByLoop, x) | x=f32[4,3]
# run awaited(ByPrefix, x) | x=f32[4,3]
# run awaited(ByNumber, x) | x=f32[4,3]
# run awaited(ByMixin, x) | x=f32[4,3]
def awaited(cls, x):
    out = []
    for kind in ("buffer", "plain"):
        m = cls(kind)
        nn.init.constant_(m.fc.weight, 0.1)
        nn.init.constant_(m.fc.bias, 0.2)
        first = names(m)
        m.calibrate(x)
        opt = torch.optim.SGD(m.parameters(), lr=0.1)
        for _ in range(2):
            opt.zero_grad()
            m(x).square().mean().backward()
            opt.step()
        out.append((first, names(m), m.mean, m.fc.bias))
    return out


class Replaced(nn.Module):
    """What was deleted says nothing of what stands in its place."""

    def __init__(self):
        super().__init__()
        self.register_buffer("t", torch.ones(3))
        self.w = nn.Parameter(torch.ones(3))
        self.fc = nn.Linear(3, 3)

    def learn(self):
        t = self.t
        del self.t
        self.t = nn.Parameter(t * 0.5)

    def bake(self):
        w = self.w.detach().clone() * 2
        del self.w
        self.w = w

    def forward(self, x):
        return self.fc(x) * self.t + self.w


def trained(m, x):
    nn.init.constant_(m.fc.weight, 0.1)
    nn.init.constant_(m.fc.bias, 0.2)
    opt = torch.optim.SGD(m.parameters(), lr=0.1)
    for _ in range(2):
        opt.zero_grad()
        m(x).square().mean().backward()
        opt.step()
    return names(m), m.t, m.w, m.fc.bias


# run replaced(x) | x=f32[4,3]
def replaced(x):
    learned, baked, outside = Replaced(), Replaced(), Replaced()
    learned.learn()
    baked.bake()
    del outside.w
    outside.w = torch.ones(3) * 3
    return trained(learned, x), trained(baked, x), trained(outside, x)


class Learned(Always):
    def __init__(self):
        super().__init__()
        t = self.t
        delattr(self, "t")
        self.t = nn.Parameter(t + 1)


# run learned()
def learned():
    return names(Learned()), Learned().t
