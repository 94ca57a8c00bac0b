"""Tensors that stand in a container beside views of them, and are written by their item."""

import torch


# run swapped_axes(a) | a=f32[3,4] | todo
def swapped_axes(a):
    v = [a, a.swapaxes(0, 1)]
    v[0] += 1.5
    return a, v


# run one_element(a) | a=f32[3,4] | todo
def one_element(a):
    v = [a, a[0, 0]]
    v[0] += -1.0
    return a, v


# run in_a_dict(a) | a=f32[3,4] | todo
def in_a_dict(a):
    v = {"p": a, "q": a.T}
    v["p"] *= 2
    return v


# run in_a_tuple(a) | a=f32[3,4] | todo
def in_a_tuple(a):
    v = (a, a.view(-1))
    v[0].mul_(2)
    return v


# run view_by_a_name(a) | a=f32[3,4] | todo
def view_by_a_name(a):
    w = a.view(-1)
    v = [a]
    v[0] += 2
    return w


# run by_a_loop(a) | a=f32[3,4] | todo
def by_a_loop(a):
    w = a.view(-1)
    v = [a]
    for t in v:
        t += 2
    return w


# run two_axes(a) | a=f32[3,4] | todo
def two_axes(a):
    w = torch.atleast_2d(a)
    v = [a]
    v[0][0] = 2
    return w, v


# run views_by_a_comprehension(a, b) | a=f32[3,4] | b=f32[3,4] | todo
def views_by_a_comprehension(a, b):
    v = [x.T for x in (a, b)]
    a += 1
    return v


# run views_of_a_list(a, b) | a=f32[3,4] | b=f32[3,4] | todo
def views_of_a_list(a, b):
    v = [a, b]
    w = [x.T for x in v]
    v[0] += 1
    return w


# run by_zip(a, b) | a=f32[3,4] | b=f32[3,4] | todo
def by_zip(a, b):
    v, w = [a, a.T], [b, b.T]
    for x, y in zip(v, w):
        x += 1
        y -= 1
    return v, w


# run appended(a) | a=f32[3,4] | todo
def appended(a):
    v = []
    v.append(a)
    v.append(a.t())
    v[0] -= 1
    return v


# run unpacked(a) | a=f32[3,4] | todo
def unpacked(a):
    v = [a, a.T]
    first, second = v
    first += 1
    return second


# run number_by_a_name(a) | a=f32[3,4] | todo
def number_by_a_name(a):
    v = [a, a.T]
    i = 0
    v[i] += 1
    return v


# run by_keywords(a) | a=f32[3,4] | todo
def by_keywords(a):
    v = dict(p=a, q=a.T)
    v["p"][0] = 0
    return v


# run count_added(a) | a=f32[3,4] | todo
def count_added(a):
    v = [a, a[0]]
    n = a.numel()
    v[0] += n
    return v


def shown(t: torch.Tensor):
    return t.sum()


# run given_to_a_function(b) | b=i32[3] | todo
def given_to_a_function(b):
    v3 = {'p': b, 'q': b[0]}
    v3['p'][0] = 0
    return v3, shown(b)


# run doubled(b) | b=f32[3] | todo
def doubled(b):
    v = [b, b[0]]
    v[0] *= 2
    return v, b.numel()


# run taken_by_a_name(b) | b=f32[3,3] | todo
def taken_by_a_name(b):
    v = (b, b[0])
    w = v[0]
    w *= 2
    return v, b.numel()


# run another_item(b) | b=f32[3,3]
def another_item(b):
    v = [b, b[0]]
    v[0] = v[0] * 2
    return v, b.numel()


# run Held(b).step() | b=f32[3,3] | todo
class Held:
    def __init__(self, buf):
        self.buf = buf
        self.parts = [buf, buf.T]

    def step(self):
        self.parts[0] += 1
        return self.parts


# run by_choice(b) | b=f32[3,3] | todo
def by_choice(b):
    v = [b, b.T] if b.numel() > 2 else [b.T, b]
    v[0] += 1
    return v


# run lists_of_lists([1, 2, 3])
def lists_of_lists(b):
    v = [b, b[0]]
    v[0] += [4]
    return v


# run items_of_lists([1, 2, 3])
def items_of_lists(b):
    v = [b, b[0]]
    v[0][0] = 7
    return v, len(b)
