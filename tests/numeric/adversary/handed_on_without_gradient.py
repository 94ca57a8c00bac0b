"""What a block or function without gradients hands on within something else: `dict(a=h)`, `tuple([h])`, `lambda: h`. What it computes has no gradient, what came in
keeps its own, and what is filled later is no copy."""
from functools import partial
from types import SimpleNamespace

import torch
import torch.nn as nn


def weighted(parts, x):
    return sum((k + 2) * (part * x).sum() for k, part in enumerate(parts))


class Builtins(nn.Module):
    def forward(self, x):
        y = x * 2
        with torch.no_grad():
            h = y * 3
            d = dict(y=y, h=h, n=h.shape[0], k=h * 2, s="a")
            t = tuple([h, y])
            u = list((h, y * 4))
            z = dict(zip(["a", "b"], [h, y]))
            q = tuple(part * 2 for part in (h, y))
            w = list(reversed([h, y]))
            s = sorted([h.sum(), y.mean()])
            m = list(map(torch.exp, [y, h]))
            o = SimpleNamespace(h=h, y=y)
        return weighted([d["y"], d["h"], d["k"], *t, *u, z["a"], z["b"], *q, *w, *s, *m, o.h, o.y], x) * d["n"]


# run builtins(x) | x=f32[4,3] | grad=x
builtins = Builtins()


class Numbers(nn.Module):
    def forward(self, x):
        with torch.no_grad():
            a = abs(x * 2)
            b = pow(x, 2)
            c = max(x.sum(), x.mean())
            d = min((x * 3).sum(), 0)
            e = sum([x, x * 2])
            n = max(len(x), 1)
        return weighted([a, b, c, d, e], x) * n


# run numbers(x) | x=f32[4,3] | grad=x
numbers = Numbers()


class Closures(nn.Module):
    def forward(self, x):
        y = x * 2
        with torch.no_grad():
            h = y * 3

            def scale(v):
                return v * h

            g = lambda v: v * h * y
            p = partial(torch.mul, h)
        return scale(x) + g(x) + p(x)


# run closures(x) | x=f32[4,3] | grad=x
closures = Closures()


# The dictionary holds the same list, and the same tensor.
class FilledLater(nn.Module):
    def forward(self, x):
        with torch.no_grad():
            rows = []
            d = {"rows": rows}
            e = (rows, x.exp())
            rows.append(x * 2)
            h = x * 3
            k = dict(h=h)
            h.mul_(2)
            h += 1
        rows.append(x * 3)
        return weighted([*d["rows"], e[0][1], e[1], k["h"]], x)


# run filled_later(x) | x=f32[4,3] | grad=x
filled_later = FilledLater()


class Kept(nn.Module):
    def forward(self, x):
        rows, outs = [], {}
        y = x * 2
        with torch.no_grad():
            rows.append((y * 2, "a"))
            rows.append(dict(h=y * 3, y=y))
            outs["a"] = dict(k=[y * 4])
            outs.update(b=tuple([y * 5, y]))
            self.last = dict(h=y * 6)
        return weighted([rows[0][0], rows[1]["h"], rows[1]["y"], outs["a"]["k"][0], *outs["b"], self.last["h"]], x)


# run kept(x) | x=f32[4,3] | grad=x
kept = Kept()


class Functions(nn.Module):
    @torch.no_grad()
    def taken_in(self, x):
        h = x * 2
        return dict(h=h, x=x), [h, x], (h, h.shape[0])

    @torch.no_grad()
    def given_rows(self, x):
        rows = [x * 2]
        rows.append(x * 3)
        return tuple(rows), list(rows), len(rows)

    @torch.no_grad()
    def shared_parts(self, x):
        out, keep = {}, []
        for k in range(2):
            out[k] = x * (k + 2)
            keep.append(x * k)
        d = {"keep": keep, "out": out}
        keep.append(x * 5)
        return d

    @torch.no_grad()
    def added_to(self, x):
        t = x * x
        return dict(a=t, b=t.add_(1))

    @torch.no_grad()
    def one_by_one(self, x):
        for k in range(2):
            h = x * k
            yield h
            yield dict(h=h, k=x * 3)

    @torch.no_grad()
    def twice_over(self, x):
        return tuple([x * x, x * 2]), dict({"x": x * 3})

    def in_block(self, x):
        with torch.no_grad():
            h = x * 4
            return dict(h=h, n=3)

    def forward(self, x):
        y = x * 2
        d, l, t = self.taken_in(y)
        r, s, n = self.given_rows(y)
        p = self.shared_parts(y)
        c = self.added_to(y)
        a, b, e, f = self.one_by_one(y)
        g, i = self.twice_over(y)
        parts = [d["h"], d["x"], *l, t[0], *r, s[1] * n, *p["keep"], p["out"][1], c["a"], c["b"], a, b["h"], b["k"], e, f["h"], *g, i["x"]]
        return weighted([*parts, self.in_block(y)["h"]], x)


# run functions(x) | x=f32[4,3] | grad=x
functions = Functions()


def parts_of(x):
    yield x * 2
    yield x * 3


class Generated(nn.Module):
    def forward(self, x):
        with torch.no_grad():
            a = list(parts_of(x))
        return weighted([*a, *parts_of(x)], x)


# run generated(x) | x=f32[4,3] | grad=x
generated = Generated()


class Switched(nn.Module):
    def __init__(self, on=False):
        super().__init__()
        self.on = on

    def switched_features(self, x):
        with torch.set_grad_enabled(self.on):
            f = x * 2
            d = dict(f=f, g=f * 2)
        return d

    def forward(self, x):
        d = self.switched_features(x)
        return weighted([d["f"], d["g"]], x)


# run switched(x), switched_on(x) | x=f32[4,3] | grad=x
switched, switched_on = Switched(), Switched(True)
