"""Modules in containers of Python, which PyTorch does not register: not trained, not saved, in no mode."""
import copy
import torch
import torch.nn as nn
import torch.nn.functional as F


def names(m: nn.Module):
    return list(m.state_dict()), [n for n, _ in m.named_parameters()], [n for n, _ in m.named_modules()], len(list(m.children()))


def fill(m):
    with torch.no_grad():
        m.weight.fill_(0.1)
        m.bias.fill_(0.2)
    return m


def steps(m, x):
    opt = torch.optim.SGD(m.parameters(), lr=0.1)
    for _ in range(3):
        opt.zero_grad()
        loss = m(x).pow(2).mean()
        loss.backward()
        opt.step()
    return loss.item()


# run m = InDict(); m(x), names(m), steps(m, x), m(x) | model=m | x=f32[3,4] | tol=1e-4
class InDict(nn.Module):
    """modules in a dict: not registered"""
    def __init__(self):
        super().__init__()
        self.layers = {"a": fill(nn.Linear(4, 4)), "b": fill(nn.Linear(4, 4))}
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        return self.out(self.layers["b"](torch.tanh(self.layers["a"](x))))


# run m = InTuple(); m(x), names(m), steps(m, x), m(x) | model=m | x=f32[3,4] | tol=1e-4
class InTuple(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = (fill(nn.Linear(4, 4)), fill(nn.Linear(4, 4)))
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        for l in self.layers:
            x = l(x)
        return self.out(x)


# run m = InList(); m(x), names(m), steps(m, x), m(x) | model=m | x=f32[3,4] | tol=1e-4
class InList(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = [fill(nn.Linear(4, 4)) for _ in range(2)]
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        for l in self.blocks:
            x = l(x)
        return self.out(x)


# run m = Hidden(); m(x), names(m), steps(m, x), m(x) | model=m | x=f32[3,4] | tol=1e-4
class Hidden(nn.Module):
    def __init__(self):
        super().__init__()
        self.__dict__["hid"] = fill(nn.Linear(4, 4))
        object.__setattr__(self, "hid2", fill(nn.Linear(4, 4)))
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        return self.out(self.hid2(self.hid(x)))


# run m = Filled(); m(x), names(m), steps(m, x), m(x) | model=m | x=f32[3,4] | tol=1e-4
class Filled(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = []
        self.table = {}
        for i in range(2):
            self.blocks.append(fill(nn.Linear(4, 4)))
            self.table[str(i)] = fill(nn.Linear(4, 4))
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        for i, l in enumerate(self.blocks):
            x = self.table[str(i)](l(x))
        return self.out(x)


# run m = Modes(); flags(m) | model=m
class Modes(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = [nn.Dropout(0.5)]
        self.b = {"x": nn.Dropout(0.5)}
        self.c = (nn.Dropout(0.5),)
        self.d = nn.ModuleList([nn.Dropout(0.5)])
        self.__dict__["e"] = nn.Dropout(0.5)


def flags(m: Modes):
    def all_of():
        return [m.training, m.a[0].training, m.b["x"].training, m.c[0].training, m.d[0].training, m.e.training]
    first = all_of()
    m.eval()
    second = all_of()
    m.a[0].eval()
    m.train()
    return first, second, all_of()


# run m = Nested(); m(x), names(m), steps(m, x), m(x) | model=m | x=f32[3,4] | tol=1e-4
class Nested(nn.Module):
    """nested: a list of lists, a dict of lists, a list of tuples"""
    def __init__(self):
        super().__init__()
        self.a = [[fill(nn.Linear(4, 4))], [fill(nn.Linear(4, 4))]]
        self.b = {"x": [fill(nn.Linear(4, 4))]}
        self.c = [(fill(nn.Linear(4, 4)), 2.0)]
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        x = self.a[1][0](self.a[0][0](x))
        x = self.b["x"][0](x)
        for l, s in self.c:
            x = l(x) * s
        return self.out(x)


# run m = Built(); m(x), names(m), steps(m, x), m(x) | model=m | x=f32[3,4] | tol=1e-4
class Built(nn.Module):
    """from a helper method or function"""
    def __init__(self):
        super().__init__()
        self.a = self.build()
        self.b = build_table()
        self.out = nn.Linear(4, 2)

    def build(self):
        layers = []
        for _ in range(2):
            layers.append(fill(nn.Linear(4, 4)))
        return layers

    def forward(self, x):
        for l in self.a:
            x = l(x)
        return self.out(self.b["x"](x))


def build_table():
    return {"x": fill(nn.Linear(4, 4))}


# run m = Teacher(fill(nn.Linear(4, 4))); m(x), names(m), steps(m, x), m(x) | model=m | x=f32[3,4] | tol=1e-4
class Teacher(nn.Module):
    """hidden on purpose"""
    def __init__(self, teacher):
        super().__init__()
        self._teacher = [teacher]
        self.get = lambda: teacher
        self.out = nn.Linear(4, 2)

    @property
    def teacher(self):
        return self._teacher[0]

    def forward(self, x):
        return self.out(self.teacher(x) + self.get()(x))


# run m = Becomes(); m(x), names(m), steps(m, x), m(x) | model=m | x=f32[3,4] | tol=1e-4
class Becomes(nn.Module):
    """plain list for building only, then a ModuleList"""
    def __init__(self):
        super().__init__()
        self.blocks = []
        for _ in range(2):
            self.blocks += [fill(nn.Linear(4, 4))]
        self.seq = nn.Sequential(*self.blocks)
        self.both = [self.seq[0], nn.Tanh()]
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        return self.out(self.both[1](self.both[0](self.seq(x))))


# run m = Twice(); names(m), m(x) | model=m | x=f32[3,4]
class Twice(nn.Module):
    """an nn.ModuleList's own plain member, and a Sequential that is also in a dict"""
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.b = nn.Linear(4, 4)
        self.by = {"a": self.a, "b": self.b}
        self.order = [self.b, self.a]
        self.pair = (self.a, self.b)

    def forward(self, x):
        for m in self.order:
            x = m(x)
        return self.by["a"](self.pair[1](x))
class Given(nn.Module):
    """arguments"""
    def __init__(self, a, b, c):
        super().__init__()
        self.a = a
        self.b = b
        self.c = c
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        for l in self.a:
            x = l(x)
        return self.out(self.c[0](self.b["k"](x)))


# run m = given(); m(x), names(m), steps(m, x), m(x) | model=m | x=f32[3,4] | tol=1e-4
def given():
    return Given([fill(nn.Linear(4, 4))], {"k": fill(nn.Linear(4, 4))}, (fill(nn.Linear(4, 4)),))


# run m = SetOutside(); m(x), names(m), set_outside(m, x) | model=m | x=f32[3,4]
class SetOutside(nn.Module):
    """set from outside, typed"""
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(4, 4)

    def forward(self, x):
        return self.out(x)


def set_outside(m: SetOutside, x):
    m.extras = [fill(nn.Linear(4, 4))]
    m.table = {"a": fill(nn.Linear(4, 4))}
    m.pair = (fill(nn.Linear(4, 4)), 1)
    m.real = fill(nn.Linear(4, 4))
    return names(m), m.pair[0](m.table["a"](m.extras[0](x)))


# run m = Grown(); grown(m, x) | model=m | x=f32[3,4]
class Grown(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(4, 4)
        self.aux = []

    def forward(self, x):
        return self.out(x)


def grown(m: Grown, x):
    m.aux.append(fill(nn.Linear(4, 4)))
    m.aux.extend([fill(nn.Linear(4, 4))])
    return names(m), m.aux[0](x)


# run m = OfMaker(3); m(x), names(m), steps(m, x), m(x) | model=m | x=f32[3,4] | tol=1e-4
class OfMaker(nn.Module):
    """list of unknown makers"""
    def __init__(self, n, make=lambda: fill(nn.Linear(4, 4))):
        super().__init__()
        self.layers = [make() for _ in range(n)]
        self.by = {i: make() for i in range(n)}
        self.pair = make(), make()
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        for l in self.layers:
            x = l(x)
        return self.out(self.pair[1](self.by[1](x)))


# run m = Ordered(); m(x), names(m), steps(m, x), m(x) | model=m | x=f32[3,4] | tol=1e-4
class Ordered(nn.Module):
    """defaultdict, OrderedDict, deque, dataclass, namedtuple, plain object"""
    def __init__(self):
        super().__init__()
        from collections import OrderedDict, deque, defaultdict, namedtuple
        P = namedtuple("P", "a b")
        self.od = OrderedDict(a=fill(nn.Linear(4, 4)))
        self.dd = defaultdict(list)
        self.dd["x"].append(fill(nn.Linear(4, 4)))
        self.dq = deque([fill(nn.Linear(4, 4))])
        self.p = P(fill(nn.Linear(4, 4)), 2)
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        x = self.od["a"](x)
        x = self.dd["x"][0](x)
        x = self.dq[0](x)
        return self.out(self.p.a(x) * self.p.b)


class Bag:
    def __init__(self):
        self.layer = fill(nn.Linear(4, 4))
        self.more = [fill(nn.Linear(4, 4))]


# run m = Held(); m(x), names(m), steps(m, x), m(x) | model=m | x=f32[3,4] | tol=1e-4
class Held(nn.Module):
    def __init__(self):
        super().__init__()
        self.bag = Bag()
        self.bags = [Bag()]
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        return self.out(self.bags[0].more[0](self.bag.layer(x)))


# run m = Put(); m(x), names(m), steps(m, x), m(x) | model=m | x=f32[3,4] | tol=1e-4
class Put(nn.Module):
    """list + list, multiplied list, copy of children list, conditional"""
    def __init__(self, deep=True):
        super().__init__()
        self.a = [fill(nn.Linear(4, 4))] + [nn.ReLU()]
        self.b = [fill(nn.Linear(4, 4))] * 2
        self.c = [fill(nn.Linear(4, 4))] if deep else []
        self.d = list(map(lambda _: fill(nn.Linear(4, 4)), range(2)))
        self.e = list(nn.Sequential(fill(nn.Linear(4, 4)), nn.ReLU()).children())
        self.f = sorted([fill(nn.Linear(4, 4))], key=lambda l: l.in_features)
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        for l in [*self.a, *self.b, *self.c, *self.d, *self.e, *self.f]:
            x = l(x)
        return self.out(x)


# run m = Plain(); m(x), names(m), steps(m, x), m(x) | model=m | x=f32[3,4] | tol=1e-4
class Plain(nn.Module):
    """lists of parameters: not registered"""
    def __init__(self):
        super().__init__()
        self.ws = [nn.Parameter(torch.ones(4)) for _ in range(2)]
        self.wd = {"a": nn.Parameter(torch.ones(4))}
        self.wt = (nn.Parameter(torch.ones(4)),)
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        return self.out(x * self.ws[0] + self.ws[1] * self.wd["a"] * self.wt[0])


# run m = ByNumber(); m(x), names(m), steps(m, x), m(x) | model=m | x=f32[3,4] | tol=1e-4
class ByNumber(nn.Module):
    """list replaced by registered ones under setattr / add_module"""
    def __init__(self):
        super().__init__()
        self.ls = []
        for i in range(2):
            l = nn.Linear(4, 4)
            setattr(self, "l%d" % i, l)
            self.ls.append(l)
        self.gs = []
        for i in range(2):
            g = nn.Linear(4, 4)
            self.add_module(f"g{i}", g)
            self.gs.append(getattr(self, f"g{i}"))
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        for l in self.ls + self.gs:
            x = l(x)
        return self.out(x)


# run m = InSet(); keyed(m, x) | model=m | x=f32[3,4]
class InSet(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.b = nn.Linear(4, 4)
        self.s = {self.a}
        self.seen = set()

    def mark(self):
        self.seen.add(self.b)
        return self.a in self.s, self.a in self.seen, self.b in self.seen, len({self.a, self.b, self.a})


def keyed(m: InSet, x):
    d = {m.a: "a", m.b: "b"}
    memo = set()
    out = []
    for n, k in m.named_modules():
        if k not in memo:
            memo.add(k)
            out.append(n)
    return m.mark(), d[m.a], d[m.b], names(m), out


class OfBase(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = self.make_layers()
        self.out = nn.Linear(4, 2)

    def make_layers(self):
        raise NotImplementedError

    def forward(self, x):
        for l in self.layers:
            x = l(x)
        return self.out(x)


# run m = OfSubclass(); m(x), names(m), steps(m, x), m(x) | model=m | x=f32[3,4] | tol=1e-4
class OfSubclass(OfBase):
    def make_layers(self):
        return [fill(nn.Linear(4, 4)), nn.ReLU()]


# run m = ByDict(); m(x), names(m), steps(m, x), m(x) | model=m | x=f32[3,4] | tol=1e-4
class ByDict(nn.Module):
    """vars(self), super().__setattr__, weakref, lambda, partial"""
    def __init__(self):
        super().__init__()
        vars(self)["hid"] = fill(nn.Linear(4, 4))
        self.__dict__.update(hid2=fill(nn.Linear(4, 4)))
        l = fill(nn.Linear(4, 4))
        self.fn = l.forward
        self.fn2 = lambda x: l(x)
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        return self.out(self.fn2(self.fn(self.hid2(self.hid(x)))))


def attach(m, layer):
    m.extras = [layer]
    m.table = {"a": layer}
    return m


class PlainHolder:
    pass


class WithExtras(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        return self.out(self.extras[0](x)) if hasattr(self, "extras") else self.out(x)


# run attached(x) | x=f32[3,4] | weights=own
def attached(x):
    model = attach(WithExtras(), nn.Linear(4, 4))
    return len(list(model.parameters())), sorted(model.state_dict()), len(model.extras)


# run attached_to_plain(x) | x=f32[3,4] | weights=own
def attached_to_plain(x):
    holder = attach(PlainHolder(), nn.Linear(4, 4))
    return len(holder.extras), sorted(holder.table), holder.extras[0](x).shape


def attach_unseen(m):
    m.extras = [nn.Linear(4, 4), nn.Linear(4, 4)]
    return m


# run unseen(x) | x=f32[3,4] | weights=own
def unseen(x):
    made = {"base": WithExtras}
    model = attach_unseen(made["base"]())
    return len(list(model.parameters())), sorted(model.state_dict())
