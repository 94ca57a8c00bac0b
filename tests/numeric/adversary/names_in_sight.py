# Methods by names that stand in the file: what a name is bound to besides the list that a loop goes through, lists that grow, defaults.
from operator import methodcaller

import torch


# run bound_in_the_loop(x) | x=f32[3,4]
def bound_in_the_loop(x):
    out, y = [], x * 1.0
    for name in ("mean", "sum"):
        if name == "sum":
            name = "std"
        out.append(getattr(y, name)(1))
    return out


# run bound_by_expressions(x) | x=f32[3,4]
def bound_by_expressions(x):
    y = x * 1.0
    name = "sum"
    if name := "std":
        pass
    return getattr(y, name)(1)


class Table:
    STATS = ["mean"]

    def all(self, x):
        y = x * 1.0
        return [getattr(y, name)(1) for name in self.STATS]


class OtherTable(Table):
    STATS = ["std", "mean"]


class OwnTable(Table):
    def __init__(self):
        self.STATS = ["var"]


# run Table().all(x), OtherTable().all(x), OwnTable().all(x) | x=f32[3,4]


# run in_tuples(x) | x=f32[3,4]
def in_tuples(x):
    out = []
    for name, d in [("sum", 0), ("std", 1)]:
        out.append(getattr(x, name)(d))
    for i, name in enumerate(["sum", "std"]):
        out.append(getattr(x, name)(i))
    return out


NAMES = ["mean"]
NAMES.append("std")


# run in_lists_that_grow(x) | x=f32[3,4]
def in_lists_that_grow(x):
    names = ["sum", "std"]
    return [getattr(x, n)(1) for n in NAMES] + [getattr(x, names[i])(0) for i in range(2)]


# run by_default(x), by_default(x, "sum") | x=f32[3,4]
def by_default(x, name="std"):
    return getattr(x, name)(1)


# run kept(x) | x=f32[3,4]
def kept(x):
    return [getattr(x, name)() for name in ("mean", "sum", "exp")]


# run callers(x) | x=f32[3,4]
def callers(x):
    return methodcaller("std", 1)(x), methodcaller("sum", dim=0)(x), methodcaller("mean")(x)


# run reshaped(x) | x=f32[3,4] | todo
def reshaped(x):
    return [getattr(x, name)(-1) for name in ("view", "reshape")]
