from operator import methodcaller

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


# run several(x) | x=f32[3,4]
def several(x):
    return torch.cat([getattr(x, k)(0) for k in ("mean", "std", "var")])


# run with_pairs(x) | x=f32[3,4]
def with_pairs(x):
    out = []
    for name in ["mean", "std", "min", "max"]:
        v = getattr(x, name)(1)
        if name in ("min", "max"):
            v = v[0]
        out.append(v)
    return torch.stack(out, 1)


# run one_known(x) | x=f32[3,4]
def one_known(x):
    how = "max"
    return getattr(x, how)(1)[0], getattr(x, "std")(0), getattr(x, "sum")(0), getattr(x, "norm")(), getattr(x, "mean")(dim=(0, 1))


# run logged(x) | x=f32[3,4]
def logged(x):
    return {k: getattr(x, k)().item() for k in ["mean", "std", "min", "max"]}


NAMES = ["mean", "std"]


# run by_constant(x) | x=f32[3,4]
def by_constant(x):
    return torch.cat([getattr(x, s)(dim=0) for s in NAMES])


class Pool(nn.Module):
    NAMES_HERE = ("mean", "std")

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 2)

    def forward(self, x):
        return self.fc(torch.cat([getattr(x, s)(1) for s in self.NAMES_HERE], -1))


# run m = Pool(); pooled(m, x) | model=m | x=f32[2,3,4] | grad=parameters
def pooled(m, x):
    return m(x)


# run m = Pool(); of_weights(m) | model=m
def of_weights(m):
    return {f"{n}/{s}": getattr(p.data, s)().item() for n, p in m.named_parameters() for s in ("mean", "std", "min", "max")}


# run by_caller(x) | x=f32[3,4]
def by_caller(x):
    return methodcaller("std", 1)(x), methodcaller("mean", 1)(x)


# What is no array has its own methods.
class Meter:
    def __init__(self):
        self.best = 3

    def max(self, offset):
        return self.best + offset


def told(v, how=None):
    return [getattr(v, k)(1) for k in ("max",)]


# run of_others(x) | x=f32[3,4]
def of_others(x):
    return told(Meter()), told(np.arange(6.0).reshape(2, 3)), told(x)[0][0], [getattr(Meter(), k) for k in ("best",)]


def loss_by_name(name):
    return getattr(F, name)


# run losses(a, b) | a=f32[3,4] | b=f32[3,4] | grad=a
def losses(a, b):
    return loss_by_name("mse_loss")(a, b), loss_by_name("l1_loss")(a, b, reduction="sum"), loss_by_name("smooth_l1_loss")(a, b)


class Loss(nn.Module):
    def __init__(self, name="mse"):
        super().__init__()
        self.fn = getattr(F, f"{name}_loss")

    def forward(self, a, b):
        return self.fn(a, b, reduction="none").mean(1)


# run lossy(a, b) | a=f32[3,4] | b=f32[3,4]
def lossy(a, b):
    return Loss()(a, b), Loss("l1")(a, b), Loss("smooth_l1")(a, b), Loss("huber")(a, b)


class Layer(nn.Module):
    def __init__(self, name="MSELoss"):
        super().__init__()
        self.fn = getattr(nn, name)(reduction="none")

    def forward(self, a, b):
        return self.fn(a, b).mean(1)


# run layers(a, b) | a=f32[3,4] | b=f32[3,4]
def layers(a, b):
    return Layer()(a, b), Layer("L1Loss")(a, b), Layer("SmoothL1Loss")(a, b)


class Several(nn.Module):
    def __init__(self, names=("l1", "mse")):
        super().__init__()
        self.fns = {n: getattr(F, n + "_loss") for n in names}

    def forward(self, a, b):
        return {n: fn(a, b, reduction="none").flatten(1).mean(1).max(0)[0] for n, fn in self.fns.items()}


# run regularised(a, b) | a=f32[3,4] | b=f32[3,4]
def regularised(a, b):
    return Several()(a, b)


# run classified(x, t) | x=f32[3,4] | t=i64[3] < 4
def classified(x, t):
    criterion = getattr(nn, "CrossEntropy" + "Loss")()
    loss_fn = getattr(F, "cross" + "_entropy")
    return criterion(x, t), loss_fn(x, t)


# run pools(x) | x=f32[2,3,8,8]
def pools(x):
    out = []
    for d in (2,):
        for k in ("avg", "max"):
            out.append(getattr(F, f"adaptive_{k}_pool{d}d")(x, 1))
            out.append(getattr(F, f"{k}_pool{d}d")(x, 2))
            out.append(getattr(nn, f"Adaptive{k.capitalize()}Pool{d}d")(1)(x))
    return out


# run written(x) | x=f32[3,4] | todo
def written(x):
    for op in ["exp_", "neg_"]:
        getattr(x, op)()
    return x
