"""Writes by the methods of operators, to views that a name of the module keeps, and to what a layer in place gives back."""
import operator

import torch
import torch.nn as nn

ROW = None
COUNT = 0


def keep(x):
    global ROW
    ROW = x[0]


# run bumped(x) | x=f32[3,4] | todo
def bumped(x):
    y = x.clone()
    keep(y)
    bump()
    return y


def bump():
    global ROW
    ROW += 1


def keep_first(x):
    global FIRST
    FIRST = x[0]


# run doubled(x) | x=f32[3,4] | todo
def doubled(x):
    y = x.clone()
    keep_first(y)
    FIRST.mul_(2)
    return y


def keep_last(x):
    global LAST
    LAST = x[-1]


# run last_item(x) | x=f32[3,4] | todo
def last_item(x):
    y = x.clone()
    keep_last(y)
    LAST[0] = 5
    return y


# A number, a copy and a local name are none of the module's views.
def count(items):
    global COUNT
    COUNT = items[0]


def keep_copy(x):
    global COPY
    COPY = x[0].clone()


# run counted(x) | x=f32[3,4]
def counted(x):
    global COUNT
    y = x.clone()
    count([1, 2])
    COUNT += 1
    keep_copy(y)
    COPY.add_(1)
    ROW = y.sum(0)
    ROW += 1
    return y, COUNT, COPY, ROW


# run row_by_dunder(x) | x=f32[3,4] | todo
def row_by_dunder(x):
    m = x.clone()
    m[0].__iadd__(1)
    return m


# run item_by_dunder(x) | x=f32[3,4] | todo
def item_by_dunder(x):
    m = x.clone()
    row = m[1]
    row.__setitem__(0, 5)
    return m


# run row_by_name(x) | x=f32[3,4] | todo
def row_by_name(x):
    m = x.clone()
    row = m[1]
    operator.imul(row, 2)
    return m


def put(m, v):
    m.__setitem__(0, v)


def put_by_operator(m, v):
    operator.setitem(m, 0, v)


def raised(m, v):
    m.__iadd__(v)


def raised_by_operator(m, v):
    operator.iadd(m, v)


# run through_put(x) | x=f32[3,4] | todo
def through_put(x):
    m = x.clone()
    put(m[0], 1)
    return m


# run through_operator(x) | x=f32[3,4] | todo
def through_operator(x):
    m = x.clone()
    put_by_operator(m[0], 1)
    return m


# run through_raised(x) | x=f32[3,4] | todo
def through_raised(x):
    m = x.clone()
    raised(m[0], 1)
    return m


# run through_raised_by_operator(x) | x=f32[3,4] | todo
def through_raised_by_operator(x):
    m = x.clone()
    raised_by_operator(m[0], 1)
    return m


class Board:
    def __init__(self):
        self.cells = {}

    def __setitem__(self, key, value):
        self.cells[key] = value

    def __iadd__(self, other):
        self.cells[0] = other
        return self


# Whole tensors, lists and objects with such methods change as they do in PyTorch.
# run whole(x) | x=f32[3,4]
def whole(x):
    m = x.clone()
    same = m
    m.__setitem__(1, 7)
    m.__iadd__(1)
    operator.setitem(m, 2, 3)
    operator.imul(m, 2)
    put(m, 4)
    raised(m, 1)
    counts = [1, 2]
    operator.setitem(counts, 0, 5)
    counts.__setitem__(1, 6)
    board = Board()
    board.__setitem__("a", 2)
    board.__iadd__(5)
    m = operator.iadd(m, 1)
    return m, same, counts, board.cells["a"], board.cells[0]


# run m = WrittenResult(); m(x) | model=m | x=f32[3,4] | todo
class WrittenResult(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ReLU(inplace=True)

    def forward(self, y):
        y = y * 2
        z = self.act(y[:, :2])
        z += 1
        return y, z


# run m = ReadResult(); m(x) | model=m | x=f32[3,4]
class ReadResult(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ReLU(inplace=True)
        self.plain = nn.ReLU()

    def forward(self, y):
        y = y * 2
        z = self.act(y[:, :2])
        w = self.plain(y[:, 2:])
        w += 1
        z = z + 1
        return y, z, w
