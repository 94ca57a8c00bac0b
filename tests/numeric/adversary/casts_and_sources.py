"""Casts that give the tensor itself: one of the two is written, and the other one read."""

import torch


# run part_of_the_source(a) | a=f32[3,4] | todo
def part_of_the_source(a):
    v = a.type(torch.float32)
    a[-1].zero_()
    return a, v


# run part_of_whole_numbers(a) | a=i64[3,4] < 5 | todo
def part_of_whole_numbers(a):
    v = a.type(torch.float32)
    a[-1].zero_()
    return a, v


# run another_name(b) | b=i32[3] < 5 | todo
def another_name(b: torch.Tensor):
    v1 = b.int()
    v2 = torch.as_tensor(b)
    v1.add_(3)
    return b, v1, v2


# run source(b) | b=f32[3] | todo
def source(b):
    v = b.float()
    b.mul_(2)
    return v


# run like_another(b) | b=f32[3] | todo
def like_another(b):
    v = b.type_as(b)
    b.mul_(2)
    return v


# run to_a_device(b) | b=f32[2,3] | todo
def to_a_device(b):
    v = b.to("cpu")
    b.mul_(2)
    return v


# run source_of_a_comprehension(a, b) | a=f32[2,3] | b=f32[2,3] | todo
def source_of_a_comprehension(a, b):
    v = [t.float() for t in (a, b)]
    a += 1
    return v


# run item_of_a_comprehension(a, b) | a=f32[2,3] | b=f32[2,3] | todo
def item_of_a_comprehension(a, b):
    v = [t.float() for t in (a, b)]
    v[0] += 1
    return a


# run item_of_a_list(a, b) | a=f32[2,3] | b=f32[2,3] | todo
def item_of_a_list(a, b):
    v = [a.float(), b]
    v[0] += 1
    return a


# run in_a_dict(a) | a=f32[2,3] | todo
def in_a_dict(a):
    v = {"x": a.float()}
    a += 1
    return v


class Held:
    def __init__(self, buf):
        self.buf = buf.float()

    def step(self):
        self.buf += 1
        return self.buf


# run kept_by_an_object(a) | a=f32[2,3]
def kept_by_an_object(a):
    h = Held(a)
    a += 1
    return h.buf


def floated(t):
    return t.float()


# run given_back(a) | a=f32[2,3] | expect=fails | reason=a cast that a function gives back is a copy
def given_back(a):
    v = floated(a)
    v += 1
    return a


# run given_back_and_source(a) | a=f32[2,3] | expect=fails | reason=a cast that a function gives back is a copy
def given_back_and_source(a):
    v = floated(a)
    a += 1
    return v


def zero(t):
    t.zero_()


# run source_by_a_function(a) | a=f32[2,3] | todo
def source_by_a_function(a):
    v = a.float()
    zero(a)
    return v


# run by_a_function(a) | a=f32[2,3]
def by_a_function(a):
    v = a.float()
    zero(v)
    return a


# run by_choice(a) | a=f32[2,3] | expect=fails | reason=a cast that is chosen by a condition is taken for one that changes something
def by_choice(a):
    v = a.float() if a.numel() > 2 else a
    a += 1
    return v


# run view_of_a_cast(a) | a=f32[2,3] | todo
def view_of_a_cast(a):
    v = a.float()
    w = v.T
    a += 1
    return w


# run view_of_the_source(a) | a=f32[2,3] | todo
def view_of_the_source(a):
    v = a.T
    w = a.float()
    w += 1
    return v


# run source_by_another_name(a) | a=f32[2,3] | todo
def source_by_another_name(a):
    b = a
    v = b.float()
    a += 1
    return v


# run source_in_a_loop(a) | a=f32[2,3] | todo
def source_in_a_loop(a):
    v = a.float()
    for i in range(2):
        a[i] = i
    return v


# run named_in_a_condition(a) | a=f32[2,3] | todo
def named_in_a_condition(a):
    if (v := a.float()) is not None:
        v += 1
    return a


# run reshaped_cast(a) | a=f32[2,3] | todo
def reshaped_cast(a):
    v = a.float().view(-1)
    a += 1
    return v


# run in_a_closure(a) | a=f32[2,3]
def in_a_closure(a: torch.Tensor):
    a = a.float()
    def inner():
        a.add_(1)
    inner()
    return a


# run unpacked(a) | a=f32[2,3] | todo
def unpacked(a: torch.Tensor):
    x, y = a, a.float()
    x += 1
    return y
