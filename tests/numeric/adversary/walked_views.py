"""Views that `with` and `for` get from managers, generators and objects that are walked over."""
import contextlib

import torch
from torch import Tensor


class Buffer:
    def __init__(self, n: int):
        self.rows = torch.zeros(n, 4)

    @contextlib.contextmanager
    def slot(self, i):
        yield self.rows[i]

    @contextlib.contextmanager
    def copy(self, i):
        yield self.rows[i].clone()

    def each(self):
        for i in range(self.rows.shape[0]):
            yield self.rows[i]

    def sums(self):
        for i in range(self.rows.shape[0]):
            yield self.rows[i] * 2


@contextlib.contextmanager
def row_of(x: Tensor, i: int):
    yield x[i]


@contextlib.contextmanager
def doubled_row_of(x: Tensor, i: int):
    row = x[i] * 2
    yield row


@contextlib.contextmanager
def whole(x: Tensor):
    yield x


@contextlib.contextmanager
def pair_of(x: Tensor):
    yield x[0], x[1] * 2


class First:
    def __init__(self, x):
        self.x = x

    def __enter__(self):
        return self.x[0]

    def __exit__(self, *args):
        pass


class Doubled:
    def __init__(self, x):
        self.x = x

    def __enter__(self):
        return self.x * 2

    def __exit__(self, *args):
        pass


# run own_values(x) | x=f32[3,4]
def own_values(x: Tensor):
    y = x * 2
    with doubled_row_of(y, 0) as v:
        v += 1
    with whole(y) as w:
        w += 1
    with Doubled(y) as u:
        u.add_(1)
    with pair_of(y) as (first, second):
        second.add_(1)
    buffer = Buffer(3)
    with buffer.copy(1) as c:
        c.fill_(3)
    for s in buffer.sums():
        s += 1
    with row_of(y, 1) as r:
        total = r.sum()
    return y, v, w, u, first, second, c, buffer.rows, s, total


# run by_slot(x) | x=f32[3,4] | todo
def by_slot(x: Tensor):
    buffer = Buffer(3)
    with buffer.slot(0) as v:
        v.add_(1)
    return buffer.rows + x


# run by_manager(x) | x=f32[3,4] | todo
def by_manager(x: Tensor):
    y = x * 2
    with row_of(y, 0) as v:
        v += 1
    return y


# run by_item(x) | x=f32[3,4] | todo
def by_item(x: Tensor):
    y = x * 2
    with row_of(y, 0) as v:
        v[1:] = 1
    return y


# run by_pair(x) | x=f32[3,4] | todo
def by_pair(x: Tensor):
    y = x * 2
    with pair_of(y) as (a, b):
        a.zero_()
    return y, b


# run by_entered(x) | x=f32[3,4] | todo
def by_entered(x: Tensor):
    y = x * 2
    with First(y) as v:
        v += 1
    return y


# run by_named_manager(x) | x=f32[3,4] | todo
def by_named_manager(x: Tensor):
    y = x * 2
    manager = First(y)
    with manager as v:
        v.mul_(2)
    return y


# run by_null_context(x) | x=f32[3,4] | todo
def by_null_context(x: Tensor):
    y = x * 2
    with contextlib.nullcontext(y[0]) as v:
        v += 1
    return y


# run stale(x) | x=f32[3,4] | todo
def stale(x: Tensor):
    y = x * 2
    with row_of(y, 0) as v:
        y += 1
        z = v * 2
    return y, z


# run by_own_rows(x) | x=f32[3,4] | todo
def by_own_rows(x: Tensor):
    buffer = Buffer(3)
    for i, row in enumerate(buffer.each()):
        row += x[i]
    return buffer.rows


class Yielding:
    def __init__(self, x: Tensor):
        self.x = x

    def __iter__(self):
        for i in range(self.x.shape[0]):
            yield self.x[i]


class Handing:
    def __init__(self, x: Tensor):
        self.x = x

    def __iter__(self):
        return iter(self.x)


class Numbered:
    def __init__(self, x: Tensor):
        self.x = x

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        if i >= len(self.x):
            raise IndexError(i)
        return self.x[i]


class Counting:
    def __init__(self, x):
        self.x = x
        self.at = 0

    def __iter__(self):
        self.at = 0
        return self

    def __next__(self):
        if self.at >= self.x.shape[0]:
            raise StopIteration
        self.at += 1
        return self.x[self.at - 1]


class Making:
    def __init__(self, x: Tensor):
        self.x = x

    def __iter__(self):
        return (self.x[i] * 2 for i in range(3))


# run by_yielding(x) | x=f32[3,4] | todo
def by_yielding(x: Tensor):
    y = x * 2
    for row in Yielding(y):
        row.add_(1)
    return y


# run by_handing(x) | x=f32[3,4] | todo
def by_handing(x: Tensor):
    y = x * 2
    rows = Handing(y)
    for row in rows:
        row += 1
    return y


# run by_numbered(x) | x=f32[3,4] | todo
def by_numbered(x: Tensor):
    y = x * 2
    for i, row in enumerate(Numbered(y)):
        row.mul_(i)
    return y


# run by_zip(x) | x=f32[3,4] | todo
def by_zip(x: Tensor):
    y = x * 2
    for i, row in zip(range(3), Numbered(y)):
        row[i] = 1
    return y


# run by_counting(x) | x=f32[3,4] | todo
def by_counting(x: Tensor):
    y = x * 2
    for row in Counting(y):
        row += 1
    return y


# run by_next(x) | x=f32[3,4] | todo
def by_next(x: Tensor):
    y = x * 2
    row = next(iter(Yielding(y)))
    row += 1
    return y


# run by_list(x) | x=f32[3,4] | todo
def by_list(x: Tensor):
    y = x * 2
    rows = list(Handing(y))
    rows[1].zero_()
    return y


# run own_rows(x) | x=f32[3,4]
def own_rows(x: Tensor):
    y = x * 2
    out = []
    for row in Making(y):
        row += 1
        out.append(row)
    for row in Yielding(y):
        row = row * 2
        row += 1
        out.append(row)
    total = 0
    for row in Numbered(y):
        total = total + row.sum()
    for row in Counting(y):
        out.append(row.clone().add_(1))
    for row in Numbered(x * 3):
        row += 1
    return y, out, total
