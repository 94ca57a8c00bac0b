"""Views that reach a writer through what is called as a value, through containers and generators, and by numbers that are arrays."""
from functools import partial

import torch
from torch import Tensor, nn


def scale_(t, k):
    t.mul_(k)


def scaled(t, k):
    return t * k


# run by_partial(x) | x=f32[3,4]
def by_partial(x: Tensor):
    twice = partial(scale_, k=2)
    twice(x[0])
    other = partial(scaled, k=3)
    y = other(x[1])
    return x, y


def add_scaled_(k, target, other):
    target.add_(other, alpha=k)


# run by_bound_place(x, y) | x=f32[3,4] | y=f32[4]
def by_bound_place(x: Tensor, y: Tensor):
    add_twice = partial(add_scaled_, 2)
    add_twice(x[-1], y)
    return x


# run by_map(x) | x=f32[3,4] | todo
def by_map(x: Tensor):
    list(map(lambda row: row.mul_(2), x))
    return x


# run by_mapped_function(x) | x=f32[3,4] | todo
def by_mapped_function(x: Tensor):
    halve = partial(scale_, k=0.5)
    halve(x[0])

    def clip_(row):
        row.clamp_(min=0)

    list(map(clip_, x.unbind(0)))
    return x


# run mapped_values(x) | x=f32[3,4]
def mapped_values(x: Tensor):
    rows = list(map(lambda row: row * 2, x))
    return torch.stack(rows), x


class Scale:
    def __init__(self, k):
        self.k = k

    def __call__(self, t):
        t.mul_(self.k)


class Shift(nn.Module):
    def forward(self, t):
        t += 1
        return t


class Doubled(nn.Module):
    def forward(self, t):
        t = t * 2
        t += 1
        return t


# run by_object(x) | x=f32[3,4]
def by_object(x: Tensor):
    scale = Scale(3)
    scale(x[1])
    return x


# run by_module(x) | x=f32[3,4] | todo
def by_module(x: Tensor):
    shift = Shift()
    y = shift(x[0]) * 2
    return x, y


# run by_module_that_copies(x) | x=f32[3,4]
def by_module_that_copies(x: Tensor):
    doubled = Doubled()
    y = doubled(x[0])
    return x, y


def rows_of(x: Tensor):
    for i in range(x.shape[0]):
        yield x[i]


def halves_of(x: Tensor, n: int):
    yield x[:n]
    yield x[n:]


def doubled_rows(x: Tensor):
    for row in x:
        yield row * 2


# run by_generator(x) | x=f32[3,4] | todo
def by_generator(x: Tensor):
    for row in rows_of(x):
        row.mul_(2)
    return x


# run by_parts(x) | x=f32[4,4] | todo
def by_parts(x: Tensor):
    for half in halves_of(x, 1):
        half += 1
    return x


# run by_new_rows(x) | x=f32[3,4]
def by_new_rows(x: Tensor):
    rows = []
    for row in doubled_rows(x):
        row += 1
        rows.append(row)
    return x, rows


# run by_attribute(x) | x=f32[3,4] | todo
class First:
    def __init__(self, x: Tensor):
        self.first = x[0]
        self.sum = x.sum(0)

    def bump(self):
        self.first += 1
        self.sum += 1


def by_attribute(x: Tensor):
    kept = First(x)
    kept.bump()
    return x, kept.sum


# run by_argmax(x) | x=f32[3,4] | todo
def by_argmax(x: Tensor):
    i = x.sum(1).argmax()
    best = x[i]
    best += 1
    return x


# run by_indices(x) | x=f32[3,4]
def by_indices(x: Tensor):
    order = x.sum(1).argsort()
    best = x[order]
    best += 1
    top = x[order[:2]]
    top.zero_()
    return x, best


def clip_all_(parts):
    for part in parts:
        part.clamp_(min=0)


def clip_pairs_(parts):
    for i, part in enumerate(parts):
        part.add_(i)


def fix_(parts):
    parts["a"].clamp_(min=0)
    parts["b"] += 1


def fix_values_(parts):
    for name, part in parts.items():
        part.mul_(2)


# run by_list(x) | x=f32[3,4] | todo
def by_list(x: Tensor):
    clip_all_([x[0], x[1]])
    return x


# run by_named_list(x) | x=f32[3,4] | todo
def by_named_list(x: Tensor):
    rows = [x[i] for i in range(2)]
    clip_pairs_(rows)
    return x


# run by_dict(x) | x=f32[3,4] | todo
def by_dict(x: Tensor):
    fix_({"a": x[0], "b": x[1]})
    return x


# run by_values(x) | x=f32[3,4] | todo
def by_values(x: Tensor):
    parts = {"a": x[0], "b": x[1]}
    fix_values_(parts)
    return x


# run own_parts(x, y) | x=f32[3,4] | y=f32[2]
def own_parts(x: Tensor, y: Tensor):
    parts = [x, y * 2]
    clip_all_(parts)
    clip_pairs_([x, y])
    named = {"a": x * 2, "b": y}
    fix_values_(named)
    return x, y, parts, named
