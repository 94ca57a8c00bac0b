"""Masks whose kind nothing says: from functions, dicts, loops, attributes, parameters, and names that are used as masks."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn


def above(s, limit):
    return s > limit


def halves(s):
    inside = s > 0
    return inside, ~inside


# run of_functions(x) | x=f32[4,3]
def of_functions(x):
    inside, outside = halves(x[:, 0])
    return x[above(x[:, 0], 0)], x[inside], x[outside].shape[1]


# run negated_beside(x, x[:, 0] > 0) | x=f32[4,3]
def negated_beside(x, m):
    return x[m], x[~m]


# run asked(x, x[:, 1] > 0) | x=f32[4,3]
def asked(x, chosen):
    return x[chosen].sum() if chosen.any() else 0


# run of_dict(x) | x=f32[4,3]
def of_dict(x):
    parts = {"front": x[:, 0] > 0, "rest": x[:, 0] <= 0, "n": 2}
    return x[parts["front"]], x[parts["rest"]].sum(0), x[parts["n"]]


# run of_zip(x, y) | x=f32[2,4] | y=f32[2,4]
def of_zip(x, y):
    rows = [p[q] for p, q in zip(x, y > 0)]
    total = 0
    for i, (p, q) in enumerate(zip(x, y > 0)):
        total = total + p[q].sum() * i
    return rows, total


class Split:
    def __init__(self, labels):
        self.chosen = labels > 0
        self.others = None
        self.first = 1

    def set(self, labels):
        self.others = labels <= 0

    def apply(self, x):
        return x[self.chosen], x[self.others], x[self.first]


# run of_attributes(x) | x=f32[4,3]
def of_attributes(x):
    split = Split(x[:, 0])
    split.set(x[:, 0])
    return split.apply(x)


def select(t, s):
    return t[s].sum(0)


class Filter(nn.Module):
    def pick(self, x, rows, *, cols):
        return x[rows], x[:, cols]

    def forward(self, x):
        return self.pick(x, x[:, 0] > 0, cols=x[0] < 0)


# run called(x) | x=f32[4,3]
# run m = Filter(); m(x) | x=f32[4,3]
def called(x):
    return select(x, x[:, 0] > 0), select(x, 1), select(x, s=torch.tensor([0, 2]))


class Boxes:
    def __init__(self, tensor: Tensor):
        self.tensor = tensor

    def __getitem__(self, item):
        return Boxes(self.tensor[item])


# run boxes(x) | x=f32[4,3]
def boxes(x):
    all_boxes = Boxes(x)
    return all_boxes[x[:, 0] > 0].tensor, all_boxes[1:].tensor, all_boxes[torch.tensor([2, 0])].tensor


# run chosen_by_number(x, 1, 2) | x=f32[4,3]
def chosen_by_number(x, i, j):
    return x[i], x[i, j], x[:, j]


# run numpy_places(x) | x=f32[4,3]
def numpy_places(x):
    m = (x > 0).numpy()
    kept = np.where(m[:, 0])[0]
    return x[kept]


# run numpy_order(x) | x=f32[4,3]
def numpy_order(x):
    y = F.normalize(x, dim=-1)
    order = np.array([2, 0, 1, 3])
    return x[order], y[order]
