"""Views of what nothing tells the kind of, and functions that write to it."""

import torch


def helper(t):
    t[::2] += 1
    return t.sum()


def helper_typed(t: torch.Tensor):
    t[::2] += 1
    return t.sum()


def zero(t):
    t.zero_()


# run two_axes(b) | b=f32[3] | todo
def two_axes(b):
    c = torch.atleast_2d(b)
    helper(b)
    return c


# run to_an_annotated_parameter(b) | b=f32[3] | todo
def to_an_annotated_parameter(b):
    c = torch.atleast_2d(b)
    helper_typed(b)
    return c


# run column(b) | b=f32[3] | todo
def column(b):
    c = b.view(-1, 1)
    zero(b)
    return c


# run by_keyword(b) | b=f32[3] | todo
def by_keyword(b):
    c = b[None]
    x = helper_typed(t=b)
    return c, x


# run item_of_a_list(b) | b=f32[3] | todo
def item_of_a_list(b):
    c = [b.view(1, -1), b]
    helper_typed(c[1])
    return c


# run by_one_of_two(b) | b=f32[3] | todo
def by_one_of_two(b):
    c = torch.unsqueeze(b, 0)
    for f in (helper, zero):
        f(b)
    return c


# run Writer(b).step() | b=f32[3] | todo
class Writer:
    def __init__(self, buf):
        self.buf = buf
        self.row = buf.view(1, -1)

    def step(self):
        zero(self.buf)
        return self.row


# run by_a_loop(b) | b=f32[3,3] | todo
def by_a_loop(b):
    c = b.T
    for row in [b]:
        helper(row)
    return c


# run by_another_name(b) | b=f32[3,3] | todo
def by_another_name(b):
    c, d = b.T, b
    helper(d)
    return c


# run behind_an_exit(b) | b=f32[3,3] | todo
def behind_an_exit(b):
    c = b.T
    if b.numel() > 100:
        return c
    helper(b)
    return c


# run in_a_closure(b) | b=f32[3,3] | todo
def in_a_closure(b):
    c = b.T
    def inner():
        helper(b)
    inner()
    return c


# run in_a_comprehension(b) | b=f32[3,3] | todo
def in_a_comprehension(b):
    c = b.T
    w = [helper(x) for x in (b,)]
    return c, w


# run view_by_choice(b) | b=f32[3,3] | todo
def view_by_choice(b):
    c = b.T if b.numel() else None
    helper(b)
    return c


# run view_in_a_dict(b) | b=f32[3,3] | todo
def view_in_a_dict(b):
    c = {"t": b.T}
    return helper(b), c


# run read_beside(b) | b=f32[3,3] | todo
def read_beside(b):
    c = b.T
    x = helper(b) + c.sum()
    return x


# run row(b) | b=f32[3,3] | todo
def row(b):
    c = b[0]
    x = helper_typed(b)
    return x, c


# run row_of_numbers([1.0, 2.0, 3.0])
def row_of_numbers(b):
    c = b[0]
    fill(b)
    return c


def fill(rows):
    rows[0] = 5.0


# run row_of_a_tensor(b) | b=f32[3,3] | todo
def row_of_a_tensor(b):
    c = b[0]
    fill(b)
    return c, b.sum()
