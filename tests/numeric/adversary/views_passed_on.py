"""Views that functions and methods give which got them from others, and views of their own state that objects keep."""
import torch
from torch import Tensor, nn


def head(t: Tensor):
    return t[0]


def by_head(t: Tensor):
    return head(t)


def by_name(t: Tensor):
    row = by_head(t=t)
    return row


def squared(t: Tensor):
    return head(t) ** 2


def at_least_two(t: Tensor):
    t = t if t.dim() == 2 else t[0]
    return t[0]


# run through_two(x) | x=f32[3,4] | todo
def through_two(x: Tensor):
    y = x.clone()
    row = by_head(y)
    row += 1
    return y


# run through_three(x) | x=f32[3,4] | todo
def through_three(x: Tensor):
    y = x.clone()
    row = by_name(y)
    row[0] = 1
    return y


# run through_choice(x) | x=f32[3,4] | todo
def through_choice(x: Tensor):
    y = x.clone()
    row = at_least_two(y)
    row[0] = 1
    return y


# run through_computation(x) | x=f32[3,4]
def through_computation(x: Tensor):
    y = x.clone()
    row = squared(y)
    row += 1
    kept = by_head(y)
    return y, row, kept * 2


class Rows:
    def __init__(self, n):
        self.buf = torch.zeros(n, 4)

    def _row(self, i: int):
        return self.buf[i]

    def top(self):
        return self._row(0)

    def total(self):
        return self._row(0).sum()


# run held(x) | x=f32[3,4] | todo
def held(x: Tensor):
    rows = Rows(3)
    row = rows.top()
    row += x[0]
    return rows.buf


# run held_total(x) | x=f32[3,4]
def held_total(x: Tensor):
    rows = Rows(3)
    total = rows.total()
    total += x[0, 0]
    return rows.buf, total


# run bump(x) | x=f32[3,4] | todo
def bump(x: Tensor):
    rows = Bumped(3)
    rows.bump(x[0])
    return rows.buf


class Bumped(Rows):
    def bump(self, v: Tensor):
        row = self._row(1)
        row += v


# run bump_top(x) | x=f32[3,4] | todo
def bump_top(x: Tensor):
    rows = BumpedTop(3)
    rows.bump(x[0])
    return rows.buf


class BumpedTop(Rows):
    def bump(self, v: Tensor):
        self.top().add_(v)


# run chosen(x) | x=f32[3,4] | todo
def chosen(x: Tensor):
    y = x.clone()
    shift(y[0] if y.shape[0] > 1 else y[1])
    return y


def shift(t: Tensor):
    t.add_(1)


# run select_row(x) | x=f32[3,4] | todo
def select_row(x: Tensor):
    rows = Selected(3)
    rows.select(1).add(x[0])
    return rows.buf, rows.cur


class Selected:
    def __init__(self, n):
        self.buf = torch.zeros(n, 4)
        self.cur = None

    def select(self, i):
        self.cur = self.buf[i]
        return self

    def add(self, v: Tensor):
        self.cur += v
        return self


# run m = Cell(); m(x), m(x), m.state | model=m | x=f32[2,3] | todo
class Cell(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("state", torch.zeros(2, 3))
        self.h, self.c = self.state[0], self.state[1]

    def forward(self, x: Tensor):
        self.h.mul_(0.5).add_(x.mean(0))
        self.c += self.h
        return self.state[0] + self.state[1]


# run m = Pair(); m(x), m(x), m.state | model=m | x=f32[2,3] | todo
class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("state", torch.zeros(2, 3))

    def _get(self):
        return self.state[0], self.state[1]

    def _write(self, dst: Tensor, v: Tensor):
        dst.lerp_(v, 0.5)

    def forward(self, x: Tensor):
        h, c = self._get()
        self._write(h, x.mean(0))
        self._write(c, x.sum(0))
        return self.state.sum(0)


# run keep_rows(x) | x=f32[2,4] | todo
def keep_rows(x: Tensor):
    rows = Kept(x)
    rows.add(x[0])
    return rows.buf


class Kept:
    def __init__(self, x):
        self.buf = torch.zeros(2, 4)
        self.first, self.last = self.buf

    def add(self, v):
        self.first += v
        self.last[0] = 1


# run count(x) | x=f32[2,4]
def count(x: Tensor):
    counts = Counts()
    return counts.add(x[0]), counts.add(1), counts.best


class Counts:
    def __init__(self):
        self.total, self.seen = 0, []
        self.best = None

    def add(self, v):
        self.total += v
        self.seen += [v]
        self.best = [v]
        self.best[0] = 2
        return self.total


# run m = Table(); m(x), m.table | model=m | x=f32[2,3] | todo
class Table(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("table", torch.zeros(2, 3))

    def _bump(self, row: Tensor, v: Tensor):
        box = row
        box += v

    def forward(self, x: Tensor):
        for i in range(2):
            self._bump(self.table[i], x[i])
        return self.table * 2


# run m = Read(); m(x), m.table | model=m | x=f32[2,3]
class Read(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("table", torch.ones(2, 3))

    def _shown(self, row: Tensor, v: Tensor, inplace: bool = False):
        if inplace:
            row += v
        return row + v

    def forward(self, x: Tensor):
        return torch.stack([self._shown(self.table[i], x[i]) for i in range(2)])


class Corner:
    def __init__(self, x):
        self._x = x

    @property
    def xy(self):
        return self._x[..., :2]

    @xy.setter
    def xy(self, v):
        self._x[..., :2] = v

    def move(self, v):
        self.xy += v


# run corner(x) | x=f32[3,4] | todo
def corner(x: Tensor):
    box = Corner(x.clone())
    box.xy[0] = 9
    return box._x


# run moved_corner(x) | x=f32[3,4]
def moved_corner(x: Tensor):
    box = Corner(x.clone())
    box.xy += 1
    box.xy = box.xy * 2
    box.move(3.0)
    return box._x


class Wrapped:
    def __init__(self, n):
        self.data = torch.zeros(n, 4)

    def __getitem__(self, i):
        return self.data[i]


# run wrapped(x) | x=f32[3,4] | todo
def wrapped(x: Tensor):
    rows = Wrapped(3)
    rows[0].add_(2)
    return rows.data


def unpacked_anew(x: Tensor):
    rows = [x[0] * 2]
    (rows,) = rows
    return rows


# run from_itself(x) | x=f32[3,4]
def from_itself(x: Tensor):
    rows = unpacked_anew(x)
    rows += 1
    return x, rows
