"""What a value is, told by how it is used: no annotation helps here, or it helps only at first."""
from typing import Optional

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor


# run attention(q, k, v) | q=f32[2,3,4] | k=f32[2,5,4] | v=f32[2,5,4] | grad=q
def attention(q, k, v):
    scores = torch.matmul(q, k.transpose(-1, -2))
    return scores.softmax(-1) @ v


# run picked(a, t) | a=f32[6] | t=i64[4] < 6
def picked(a, t):
    out = a.gather(-1, t)
    return out.reshape(2, 2).transpose(0, 1)


# run cast_and_used(x, y) | x=f16[2,3] | y=f32[3]
def cast_and_used(x, y):
    z = x.float() * y
    x = x.half()
    return z, x[0], (y.half() + 1).dtype == torch.float16


# run cast_and_called(x) | x=f32[2,3] | todo
def cast_and_called(x):
    net = make(nn.Identity)
    net = net.float()
    return net(x)


def make(cls):
    return {"net": cls()}["net"]


# run repeated(x, 2) | x=f32[2,3,4]
def repeated(x, n):
    return pick(x).repeat(1, n, 1), pick(x).repeat(n, n, 1, 1)


def pick(x):
    return {"x": x}["x"]


# run reduced(x) | x=f32[2,3]
def reduced(x):
    y = pick(x)
    return y.sum(-1), y.mean(0), y.prod(1), (y > 0).all(0), y.cumsum(1)


# run numpy_reduced(x) | x=f32[2,3]
def numpy_reduced(x):
    a = np.asarray(pick(x).tolist(), dtype=np.float32)
    b = {"a": a}["a"]
    return torch.tensor(b.sum(-1)), torch.tensor(b.mean(0)), torch.tensor(a.transpose(1, 0)), torch.tensor(a.repeat(2, 1))


# run declared(x) | x=f32[2,3,4]
# run declared(x, x) | x=f32[2,3,4]
def declared(x: Tensor, mask: Optional[Tensor] = None):
    if mask is None:
        mask = pick(x)
    mask = mask.repeat(2, 1)[:1] if mask.ndim == 2 else mask
    x = pick(x)
    return x.transpose(0, 1), mask.max(-1)[0]


# run declared_list(x) | x=f32[2,3]
def declared_list(x: Tensor):
    x = pick([x, x + 1])
    return torch.cat(x, dim=0), torch.stack(pick(x))


# run either_way(x, True) | x=f32[2,3]
# run either_way(x, False) | x=f32[2,3]
def either_way(x, flag):
    if flag:
        y = torch.zeros(3, 2)
    else:
        y = pick(x).T
    return y.repeat(2, 1).split(2, dim=0)


# run list_or_tensor(x) | x=f32[2,3]
# run list_or_tensor([x, x]) | x=f32[2,3]
def list_or_tensor(x):
    if not isinstance(x, torch.Tensor):
        x = torch.stack(x)
    return x.max(-1).values, x.repeat(2, *[1] * (x.dim() - 1))


# run members(x) | x=f32[3]
def members(x):
    seen = set()
    seen.add(3)
    if 3 in seen:
        return F.relu(pick(x)).float()
    return x


# run averaged([a, b], [c, d]) | a=f32[3] | b=f32[2] | c=f32[3] | d=f32[2] | todo
def averaged(parameters, sources):
    shadow = [p.clone().detach() for p in parameters]
    for s, p in zip(shadow, sources):
        s.data.copy_(p.data)
        s.data.mul_(0.5)
    for s, p in zip(shadow, parameters):
        p.data.copy_(s.data)
    return parameters


class Average:
    def __init__(self, parameters):
        self.shadow = [p.clone().detach() for p in parameters]

    def load(self, state):
        self.shadow = state["shadow"]

    def copy_to(self, parameters):
        for s, p in zip(self.shadow, parameters):
            p.data.copy_(s.data)
            p.data.add_(s.data, alpha=0.5)


# run average_of_attribute([a, b]) | a=f32[3] | b=f32[2]
def average_of_attribute(parameters):
    average = Average(parameters)
    average.load({"shadow": [p + 1 for p in parameters]})
    average.copy_to(parameters)
    return parameters


def replace(target, source):
    target.copy_(source)


# run pairs_of_parameters({"a": a}, {"a": b}) | a=f32[3] | b=f32[3]
def pairs_of_parameters(first, second):
    call = {"copy": replace}["copy"]
    for (_, ma_param), (_, param) in zip(first.items(), second.items()):
        call(ma_param.data, param.data)
    return first["a"] + 0, [p.data * 2 for p in first.values()]


# run asked_at_run_time(lambda: (x, a), x) | x=f32[3,4] | a=f32[3,4]
def asked_at_run_time(make, x):
    first, second = make()
    values, indices = first.max(1)
    order = second.sort(descending=True)[1]
    parts = first.split(2, dim=1)
    return (
        first.argmax(1), second.argmin(), values, indices, first.min(0)[0], order, second.argsort(dim=0), first.std(), second.var(1), parts[1],
        (first > 0).nonzero(), first.round().unique(), first.norm(), second.norm(1, dim=1), second.type(torch.float16), second.type(x.dtype),
        first.unfold(1, 2, 1), second.unfold(dimension=0, size=2, step=1).square(), first.gather(1, order), second.gather(dim=-1, index=order[:, :1]),
    )


# run own_methods(Table(), ["b", "a"]) | x=f32[1]
def own_methods(table, names):
    names.sort()
    return table.argmax(1), table.split(2), table.max(3)[0], names


class Table:
    def argmax(self, n):
        return n + 1

    def split(self, n):
        return [n, n]

    def max(self, n):
        return (n, 0)
