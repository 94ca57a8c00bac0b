"""Rows that objects keep and give, blocks that change what they are given, and writes from outside of the class."""
import operator
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor


class Cursor:
    def __init__(self, n: int):
        self.rows = torch.zeros(n, 4)
        self.taken = {}
        self.copies = {}

    def take(self, i: int):
        self.row = self.rows[i]

    def keep(self, i: int):
        self.copies[i] = self.rows[i].clone()

    def raise_copy(self, i: int):
        self.copies[i].add_(1)
        self.copies[i + 1] = self.copies[i] * 2
        return self.copies


# run own(x) | x=f32[3,4]
def own(x: Tensor):
    cursor = Cursor(3)
    cursor.keep(0)
    cursor.rows = cursor.rows + 1
    cursor.row = x[0] * 2
    cursor.row += 1
    return cursor.raise_copy(0), cursor.rows, cursor.row


# run written_outside(x) | x=f32[3,4] | todo
def written_outside(x: Tensor):
    cursor = Cursor(3)
    cursor.take(1)
    cursor.row.add_(1)
    return cursor.rows


# run items_outside(x) | x=f32[3,4] | todo
def items_outside(x: Tensor):
    cursor = Cursor(3)
    cursor.take(1)
    cursor.row[0] = 5
    return cursor.rows


# run added_outside(x) | x=f32[3,4] | todo
def added_outside(x: Tensor):
    cursor = Cursor(3)
    cursor.take(1)
    cursor.row += 1
    return cursor.rows


# run stale_outside(x) | x=f32[3,4] | todo
def stale_outside(x: Tensor):
    cursor = Cursor(3)
    cursor.take(1)
    cursor.rows += 1
    return cursor.row


# run in_table(x) | x=f32[3,4] | todo
class Table:
    def __init__(self, n: int):
        self.rows = torch.zeros(n, 4)
        self.taken = {}

    def take(self, i: int):
        self.taken[i] = self.rows[i]

    def bump(self, i: int):
        self.taken[i].add_(1)


def in_table(x: Tensor):
    table = Table(3)
    table.take(1)
    table.bump(1)
    return table.rows


@dataclass
class State:
    row: Tensor
    whole: Tensor


# run beside(x) | x=f32[3,4] | todo
def beside(x: Tensor):
    y = x * 2
    state = State(row=y[0], whole=y)
    state.row.add_(1)
    return state.whole


# run by_operator(x) | x=f32[3,4] | todo
def by_operator(x: Tensor):
    y = x * 2
    operator.iadd(y[0], 1)
    return y


# run by_setitem(x) | x=f32[3,4] | todo
def by_setitem(x: Tensor):
    y = x * 2
    operator.setitem(y[1], 0, 5)
    return y


# run relu_of_row(x) | x=f32[3,4] | todo
def relu_of_row(x: Tensor):
    y = x * 2
    row = y[0]
    z = F.relu(row, inplace=True)
    return y, z


# run relu_of_rebound_row(x) | x=f32[3,4] | todo
def relu_of_rebound_row(x: Tensor):
    y = x * 2
    row = y[0]
    row = F.relu(row, inplace=True)
    return y, row


# run row_of_relu(x) | x=f32[3,4] | todo
def row_of_relu(x: Tensor):
    y = x * 2
    row = y[0]
    y = F.leaky_relu(y, 0.1, True)
    return y, row


# run unread_relu(x) | x=f32[3,4]
def unread_relu(x: Tensor):
    y = x * 2
    row = y[0]
    row = F.relu(row, inplace=True)
    z = (x * 3).view(-1)
    z = F.relu(z, inplace=True)
    return row, z


class First(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.act(x) * 2


class Shift(nn.Module):
    def forward(self, x):
        x += 1
        return x * 2


class Plain(nn.Module):
    def forward(self, x):
        x = x * 2
        x += 1
        return x


# run by_blocks(x) | x=f32[3,4]
class Blocks(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = First()
        self.plain = Plain()

    def forward(self, x):
        y = x * 2
        z = self.plain(y[:, :2])
        w = self.first(y[:, 1:])
        return z, w, self.first(x * 1)


def by_blocks(x: Tensor):
    return Blocks()(x), x


# run by_block_of_layer(x) | x=f32[3,4] | todo
def by_block_of_layer(x: Tensor):
    y = x * 2
    z = First()(y[0])
    return y, z


# run by_block(x) | x=f32[3,4] | todo
class Seen(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = First()

    def forward(self, x):
        y = x * 2
        w = self.first(y[:, 1:])
        return y, w


def by_block(x: Tensor):
    return Seen()(x)


# run by_shift(x) | x=f32[3,4] | todo
class Shifted(nn.Module):
    def __init__(self):
        super().__init__()
        self.shift = Shift()

    def forward(self, x):
        y = x * 2
        w = self.shift(y[:, 1:])
        return y, w


def by_shift(x: Tensor):
    return Shifted()(x)


def blended(a: Tensor, b: Tensor, n: int):
    for i in range(n):
        b[:, i] = a[:, -n + i] * 0.5 + b[:, i] * 0.5
    return b


# run tiles(x) | x=f32[3,4]
def tiles(x: Tensor):
    row = []
    for i in range(3):
        decoded = x * (i + 1)
        if i > 0:
            decoded = decoded[:, 1:]
        row.append(decoded)
    result = []
    for i, tile in enumerate(row):
        if i > 0:
            tile = blended(row[i - 1], tile, 2)
        result.append(tile)
    return torch.cat(result, dim=1)
