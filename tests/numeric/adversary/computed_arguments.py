"""What modules compute of arguments that nothing types, and keep: no parameter where it is an array."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


def names(m):
    return len(list(m.parameters())), sorted(m.state_dict())


def ident(m):
    return m


def prepared(m):
    return m * 2


def unknown_of(table, m):
    return table[0](m)


class Item(nn.Module):
    def __init__(self, m):
        super().__init__()
        self.q = m[0]

    def forward(self, x):
        return x * self.q


# run run_Item(x, m) | x=f32[4,3] | m=f32[2,3]
def run_Item(x, m):
    k = Item(m)
    return k(x), names(k)


class Neg(nn.Module):
    def __init__(self, m):
        super().__init__()
        self.g = -m
        self.u = ~(m > 0)

    def forward(self, x):
        return x * self.g * self.u


# run run_Neg(x, m) | x=f32[4,3] | m=f32[3]
def run_Neg(x, m):
    k = Neg(m)
    return k(x), names(k)


class Cmp(nn.Module):
    def __init__(self, m):
        super().__init__()
        self.h = m == 1
        self.k = m > 0

    def forward(self, x):
        return x * self.h + x.masked_fill(self.k, 0.0)


# run run_Cmp(x, m) | x=f32[4,3] | m=f32[3]
def run_Cmp(x, m):
    k = Cmp(m)
    return k(x), names(k)


class Transposed(nn.Module):
    def __init__(self, m):
        super().__init__()
        self.s = m.t()
        self.T_ = m.T

    def forward(self, x):
        return x @ self.s + x @ self.T_


# run run_Transposed(x, m) | x=f32[4,3] | m=f32[2,3]
def run_Transposed(x, m):
    k = Transposed(m)
    return k(x), names(k)


class OneMinus(nn.Module):
    def __init__(self, m, w):
        super().__init__()
        self.a = 1 - m
        self.both = m * w
        self.ratio = 1.0 / m
        self.power = m ** 2
        self.root = m ** 0.5
        self.mod = m % 2
        self.e = 2 ** m

    def forward(self, x):
        return x * self.a + self.both * x + x * self.ratio + x * self.power - x * self.root + x * self.mod + self.e * x


# run run_OneMinus(x, m, w) | x=f32[4,3] | m=f32[3]>0 | w=f32[3]
def run_OneMinus(x, m, w):
    k = OneMinus(m, w)
    return k(x), names(k)


class ByFunctions(nn.Module):
    def __init__(self, m):
        super().__init__()
        self.f = ident(m)
        self.p = prepared(m)
        self.u = unknown_of([ident], m)
        self.l = (lambda t: t * 2)(m)

    def forward(self, x):
        return x * self.f * self.p + x * self.u + x * self.l


# run run_ByFunctions(x, m) | x=f32[4,3] | m=f32[3]
def run_ByFunctions(x, m):
    k = ByFunctions(m)
    return k(x), names(k)


class ByLocals(nn.Module):
    def __init__(self, m, w):
        super().__init__()
        a = 1 - m
        b = m[0] * w
        c, d = m[0], -m
        mean, std = m
        self.a = a
        self.b = b
        self.c = c
        self.d = d[1]
        self.mean = mean
        self.std = std

    def forward(self, x):
        return x * self.a[0] + x * self.b - x * self.c + x * self.d + (x - self.mean) / self.std


# run run_ByLocals(x, m, w) | x=f32[4,3] | m=f32[2,3]>0 | w=f32[3]
def run_ByLocals(x, m, w):
    k = ByLocals(m, w)
    return k(x), names(k)


class ByLoop(nn.Module):
    def __init__(self, ms):
        super().__init__()
        total = 0
        for m in ms:
            total = total + m
        self.total = total
        self.lst = [m * 2 for m in ms]
        self.sum = sum(ms)
        self.biggest = max(ms[0][0], ms[0][1])
        self.pairs = [(m, -m) for m in ms]
        self.d = {str(i): m + 1 for i, m in enumerate(ms)}
        self.tup = (ms[0], ms[1])
        self.lst2 = [ms[0], 1 - ms[1]]

    def forward(self, x):
        x = x * self.total + x * self.lst[0] + x * self.sum + x * self.biggest
        for a, b in self.pairs:
            x = x * a - x * b
        return x * self.d["0"] + x * self.tup[0] - x * self.lst2[1]


# run run_ByLoop(x, a, b) | x=f32[4,3] | a=f32[3]>0 | b=f32[3]>0
def run_ByLoop(x, a, b):
    k = ByLoop([a, b])
    return k(x), names(k)


class Choice(nn.Module):
    def __init__(self, m, w=None, flip=False):
        super().__init__()
        self.m = -m if flip else 1 - m
        self.w = 1.0 if w is None else w[0]
        self.v = w if w is not None else m[0]
        self.both = m and w if w is None else m

    def forward(self, x):
        return x * self.m + self.w * x - x * self.v + x * self.both


# run run_Choice(x, m, w) | x=f32[4,3] | m=f32[3] | w=f32[1,3]
def run_Choice(x, m, w):
    k = Choice(m, w)
    return k(x), names(k)


class Several(nn.Module):
    def __init__(self, m, w):
        super().__init__()
        self.a, self.b = -m, m * w
        self.c, self.d = m[0], m[1]
        self.e = self.f = m == w
        self.i = -m
        self.g = self.i * 2
        self.h = self.i[0]

    def forward(self, x):
        return x * self.a + x * self.b - x * self.c + x * self.d + x * self.e + self.f * x + x * self.i * self.g - x * self.h


# run run_Several(x, m, w) | x=f32[4,3] | m=f32[3] | w=f32[3]
def run_Several(x, m, w):
    k = Several(m, w)
    return k(x), names(k)


class ByMath(nn.Module):
    """Numbers stay numbers."""

    def __init__(self, dim, heads, tau, lo):
        super().__init__()
        self.d = dim // heads
        self.scale = (dim // heads) ** -0.5
        self.inv = 1 / tau
        self.root = math.sqrt(dim)
        self.low = -lo
        self.odd = dim % 2
        self.flag = dim == 8

    def forward(self, x):
        return x * self.scale * self.inv * self.root + self.low + x * self.d + self.odd + x * self.flag


# run run_ByMath(x) | x=f32[4,3]
def run_ByMath(x):
    k = ByMath(8, 2, 0.5, 1.0)
    return k(x), names(k), k.scale


class Passed(nn.Module):
    """Used by what isn't known to take tensors."""

    def __init__(self, m):
        super().__init__()
        self.q = m[0]
        self.r = -m

    def forward(self, x):
        return F.linear(x, self.r), torch.stack([self.q, self.q]), self.helper(x, self.q)

    def helper(self, x, q):
        return x + q


# run run_Passed(x, m) | x=f32[4,3] | m=f32[2,3]
def run_Passed(x, m):
    k = Passed(m)
    return k(x), names(k)


class Method(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def prepare(self, m):
        self.q = m[0]
        self.r = -m
        self.both = m * 2
        self.h = m == 1
        self.shape = m.shape[0]

    def forward(self, x):
        return self.fc(x) * self.q + x * self.r[1] + x * self.both[0] + x * self.h[0] + self.shape


# run run_Method(x, m) | x=f32[4,3] | m=f32[2,3]
def run_Method(x, m):
    k = Method()
    k.prepare(m)
    with torch.no_grad():
        k.fc.weight.fill_(0.1)
        k.fc.bias.fill_(0.1)
    return k(x), names(k)


class Turned(nn.Module):
    """What stands below in another method says nothing of what a constructor reads."""

    def __init__(self, dim, heads):
        super().__init__()
        head_dim = dim // heads
        self.scale = head_dim ** -0.5
        self.fc = nn.Linear(dim, heads)
        self.names = [str(i) for i in range(heads)]

    def forward(self, x):
        return (self.fc(x) * self.scale).sum() + len(self.names)


# run run_Turned(x) | x=f32[4,3]
def run_Turned(x):
    k = Turned(3, 1)
    return k.scale, names(k)


class Learned(nn.Module):
    """Parameters among what is computed stay parameters, layers layers."""

    def __init__(self, m, layers):
        super().__init__()
        start = 1 - m
        self.w = nn.Parameter(start)
        self.first = layers[0]
        self.rest = nn.ModuleList(layers[1:])
        self.act = layers[-1] if m is None else layers[0]

    def forward(self, x):
        x = x * self.w + self.first(x)
        for layer in self.rest:
            x = x + layer(x)
        return self.act(x)


def filled():
    layer = nn.Linear(3, 3)
    nn.init.constant_(layer.weight, 0.1)
    nn.init.constant_(layer.bias, 0.2)
    return layer


# run run_Learned(x, m) | x=f32[4,3] | m=f32[3]
def run_Learned(x, m):
    k = Learned(m, [filled(), filled()])
    return k(x), names(k)


# Names in the same statement are bound behind what is computed of them.
# run m = BoundAnew(x, y); m(z), names(m), m.seen | x=f32[3] | y=f32[3] | z=f32[3]
class BoundAnew(nn.Module):
    def __init__(self, counts, table):
        super().__init__()
        counts, self.weight = counts * 2, 1.0 / (counts + 9)
        table, self.base = table - 1, table[0]
        counts, table, self.rest = table, counts, counts * 3
        self.seen = counts.sum(), table.sum()

    def forward(self, x):
        return x * self.weight + self.base * torch.exp(self.weight) + torch.relu(self.base) + torch.exp(self.rest)
