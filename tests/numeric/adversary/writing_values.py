"""Functions that stand as values and write to what they are called with: lambdas, tables of functions, and what other functions call."""
import functools

import torch
import torch.nn.functional as F
from torch import Tensor


def bump_(t: Tensor):
    t += 1


def scale_(k, t: Tensor):
    t.mul_(k)


def apply(f, t):
    return f(t)


def for_rows(f, t: Tensor):
    for row in t:
        f(row)


def for_each(f, parts):
    for part in parts:
        f(part)


def passed_on(f, t: Tensor):
    apply(f, t)


# run own(x) | x=f32[3,4]
def own(x: Tensor):
    y = x * 2
    plus = lambda t: t + 1
    z = plus(y[0])
    add_ = lambda t: t.add_(1)
    add_(y)
    w = add_(x[1] * 2)
    rows = list(map(lambda t: t * 2, y))
    total = functools.reduce(lambda a, b: a + b, y)
    apply(add_, y)
    apply(lambda t: t * 2, y[0])
    for_rows(lambda t: t.sum(), y)
    parts = [x * 3, x * 4]
    for_each(bump_, parts)
    table = {"add": lambda t: t + 1, "bump": bump_}
    v = table["add"](y[1])
    table["bump"](y)
    return y, z, w, rows, total, parts, v


# run by_lambda(x) | x=f32[3,4] | todo
def by_lambda(x: Tensor):
    y = x * 2
    f = lambda t: t.add_(1)
    f(y[0])
    return y


# run by_passing_lambda(x) | x=f32[3,4] | todo
def by_passing_lambda(x: Tensor):
    y = x * 2
    f = lambda t: scale_(3, t)
    f(y[0])
    return y


# run by_relu(x) | x=f32[3,4] | todo
def by_relu(x: Tensor):
    y = x * 2
    f = lambda t: F.relu(t, inplace=True)
    row = y[0]
    f(row)
    return y


# run by_lambda_rows(x) | x=f32[3,4] | todo
def by_lambda_rows(x: Tensor):
    y = x * 2
    f = lambda t: t.add_(1)
    for row in y:
        f(row)
    return y


# run by_choice(x) | x=f32[3,4] | todo
def by_choice(x: Tensor):
    y = x * 2
    f = bump_ if x.dim() == 2 else (lambda t: t.zero_())
    f(y[0])
    return y


# run by_loop(x) | x=f32[3,4] | todo
def by_loop(x: Tensor):
    y = x * 2
    for f in [lambda t: t.add_(1), lambda t: t.mul_(2)]:
        f(y[0])
    return y


# run by_list(x) | x=f32[3,4] | todo
def by_list(x: Tensor):
    y = x * 2
    steps = [lambda t: t.add_(1), lambda t: t.mul_(2)]
    for i, f in enumerate(steps):
        f(y[i])
    return y


# run by_table(x) | x=f32[3,4] | todo
def by_table(x: Tensor):
    y = x * 2
    table = {"bump": bump_, "keep": lambda t: t * 1}
    table["bump"](y[0])
    return y


# run by_names(x) | x=f32[3,4] | todo
TABLE = {"bump": bump_, "clip": lambda t: t.clamp_(min=0)}


def by_names(x: Tensor, name="clip"):
    y = x * 2
    TABLE[name](y[0])
    return y


# run by_argument(x) | x=f32[3,4] | todo
def by_argument(x: Tensor):
    y = x * 2
    apply(lambda t: t.add_(1), y[0])
    return y


# run by_argument_passed_on(x) | x=f32[3,4] | todo
def by_argument_passed_on(x: Tensor):
    y = x * 2
    passed_on(bump_, y[0])
    return y


# run by_rows(x) | x=f32[3,4] | todo
def by_rows(x: Tensor):
    y = x * 2
    for_rows(lambda t: t.add_(1), y)
    return y


# run by_rows_of_function(x) | x=f32[3,4] | todo
def by_rows_of_function(x: Tensor):
    y = x * 2
    for_rows(bump_, y)
    return y


# run by_partial(x) | x=f32[3,4] | todo
def by_partial(x: Tensor):
    y = x * 2
    for_rows(functools.partial(scale_, 3), y)
    return y


# run by_named_lambda(x) | x=f32[3,4] | todo
def by_named_lambda(x: Tensor):
    y = x * 2
    f = lambda t: t.add_(1)
    for_each(f, [y[0], y[1]])
    return y


# run by_mapped_name(x) | x=f32[3,4] | todo
def by_mapped_name(x: Tensor):
    y = x * 2
    f = lambda t: t.add_(1)
    list(map(f, y))
    return y


# run by_mapped_pairs(x) | x=f32[3,4] | todo
def by_mapped_pairs(x: Tensor):
    y = x * 2
    list(map(lambda k, t: t.mul_(k), range(3), y))
    return y


# run by_reduce(x) | x=f32[3,4] | todo
def by_reduce(x: Tensor):
    y = x * 2
    total = functools.reduce(lambda a, b: a.add_(b), y)
    return y, total


# run by_comprehension(x) | x=f32[3,4] | todo
def by_comprehension(x: Tensor):
    y = x * 2
    f = lambda t: t.add_(1)
    [f(row) for row in y]
    return y


# run by_member(x) | x=f32[3,4] | todo
class Clip:
    def __init__(self):
        self.clip = lambda t: t.clamp_(min=0)

    def rows(self, x: Tensor):
        y = x * 2
        self.clip(y[0])
        return y


def by_member(x: Tensor):
    return Clip().rows(x)
