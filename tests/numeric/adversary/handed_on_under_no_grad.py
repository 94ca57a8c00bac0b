# What a block or function without gradients gathers and gives on: each part that it computes has no gradient, each that came in keeps its own.
import torch
import torch.nn as nn
from collections import OrderedDict


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Linear(4, 4)
        self.t = nn.Linear(4, 4)


def filled(m):
    with torch.no_grad():
        for i, p in enumerate(m.parameters()):
            p.copy_(torch.linspace(-1, 1, p.numel()).view(p.shape) + 0.1 * i)
    return m


def distance(p, parts):
    return sum((i + 2) * (p * (i + 1) - t).pow(2).mean() for i, t in enumerate(parts))


class Dictionaries(Pair):
    def forward(self, x):
        p = self.l(x)
        with torch.no_grad():
            h = self.t(p)
            d = dict(a=h, b=h * 2)
            e = dict([("a", h), ("b", p)], c=p)
            o = OrderedDict(a=h, b=p)
            q = OrderedDict([("a", h), ("b", p)])
            z = dict(zip(["a", "b"], [h, p]))
            g = {**{"a": h}, "b": p}
        return distance(p, [d["a"], d["b"], e["a"], e["b"], e["c"], o["a"], o["b"], q["a"], q["b"], z["a"], z["b"], g["a"], g["b"]])


class Lists(Pair):
    def forward(self, x):
        p = self.l(x)
        with torch.no_grad():
            h = self.t(p)
            t = tuple([h, p])
            u = list((h, h))
            v = [h] + [p]
            w = [p] * 2
            k = [h] * 2
            s = sorted([h.sum() - 100, p.sum() + 100])
            f = [*u, p, *[h]]
            q = list(zip([h], [p]))
        return distance(p, [*t, *u, *v, *w, *k, *s, *f, *q[0]])


class ByFunctions(Pair):
    @torch.no_grad()
    def by_keys(self, p):
        out = {}
        out["p"] = p
        out["t"] = self.t(p)
        return out

    @torch.no_grad()
    def appended(self, p):
        out = [p]
        out.append(self.t(p))
        out.append(p)
        return out, len(out)

    @torch.no_grad()
    def chosen(self, p):
        s = p if self.training else self.t(p)
        r = self.t(p) if self.training else p
        return r, s

    @torch.no_grad()
    def renewed(self, p):
        q = p
        if q.sum() > -1e9:
            q = self.t(p)
        return q

    @torch.no_grad()
    def branched(self, p):
        if p.sum() > -1e9:
            q = p
        else:
            q = self.t(p)
        return q

    @torch.no_grad()
    def swapped(self, p):
        y, h = p, p * 2
        h, y = y, h
        return h, y

    @torch.no_grad()
    def computed(self, p):
        y = p
        y = y * 2
        z = y
        return z

    def forward(self, x):
        p = self.l(x)
        o = self.by_keys(p)
        parts = [o["p"], o["t"], *self.appended(p)[0], *self.chosen(p), self.renewed(p), self.branched(p), *self.swapped(p)]
        return distance(p, parts + [self.computed(p)])


class Names(Pair):
    def forward(self, x):
        p = self.l(x)
        outs = []
        h = p * 2
        with torch.no_grad():
            for t in [h, h * 2]:
                outs.append(t)
            y, h = h, h * 2
            q = self.t(p)
            z = q
            w = [q, p]
            b = w
        with torch.no_grad():
            q = p
            v = [q, z]
        return distance(p, [*outs, y, h, z, *w, *b, *v])


class Members(Pair):
    def forward(self, x):
        p = self.l(x)
        self.h = p * 2
        with torch.no_grad():
            setattr(self, "kept", p)
            setattr(self, "twice", p * 2)
            object.__setattr__(self, "third", p * 3)
            y = self.h
            w = self.t.weight
            self.g = p * 2
            g = self.g
            m = max(p.sum(), -100)
            n = sum([p.sum(), p.mean()])
        return distance(p, [self.kept, self.twice, self.third, y, g, m, n]) + w.sum()


class Nested(Pair):
    def forward(self, x):
        p = self.l(x)
        with torch.no_grad():
            t = self.t(p)
            if self.training:
                with torch.no_grad():
                    out = {"t": t}
            else:
                out = {"t": t}
        return distance(p, [out["t"]])


dictionaries = filled(Dictionaries())
# run dictionaries(x) | model=dictionaries | x=f32[2,4] | grad=parameters
lists = filled(Lists())
# run lists(x) | model=lists | x=f32[2,4] | grad=parameters
functions = filled(ByFunctions())
# run functions(x) | model=functions | x=f32[2,4] | grad=parameters
names = filled(Names())
# run names(x) | model=names | x=f32[2,4] | grad=parameters
members = filled(Members())
# run members(x) | model=members | x=f32[2,4] | grad=parameters
nested = filled(Nested())
# run nested(x) | model=nested | x=f32[2,4] | grad=parameters


# run one_after_the_other(x) | x=f32[4,4] | grad=x
def one_after_the_other(x):
    with torch.no_grad():
        h = x.exp()
    with torch.no_grad():
        y = h
        a, b = h, x
        c = {"h": h, "x": x}
    return y * x + a * x + b * x + c["h"] * x + c["x"] * x


# run gathered(x) | x=f32[4,4] | grad=x
def gathered(x):
    with torch.no_grad():
        h = x.exp()
        d = dict(a=h, b=h * 2)
    return (d["a"] * x).sum() + d["b"] * x


# run in_branches(x) | x=f32[4,4] | grad=x
def in_branches(x):
    with torch.no_grad():
        h = x.exp()
        if h.sum() > 0:
            y = h
        else:
            y = x
        z = y
    return y * x, z * x
