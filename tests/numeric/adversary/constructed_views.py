"""Views in objects whose constructors nobody wrote: `@dataclass`, `NamedTuple` and `namedtuple` keep what they are given."""
from collections import namedtuple
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor


@dataclass
class CacheView:
    k: Tensor
    size: int = 0

    def update(self, x):
        self.k[:, 0] = x
        self.size += 1


# run by_method(x) | x=f32[2,3] | todo
def by_method(x: Tensor):
    cache = torch.zeros(2, 3, 4)
    view = CacheView(cache[1])
    view.update(x[0])
    return cache


# run whole(x) | x=f32[2,3]
def whole(x: Tensor):
    cache = torch.zeros(3, 4)
    view = CacheView(cache)
    view.update(x[0])
    return cache, view.size


# run own_copy(x) | x=f32[2,3]
def own_copy(x: Tensor):
    cache = torch.zeros(2, 3, 4)
    view = CacheView(cache[1].clone())
    view.update(x[0])
    return cache, view.k


# run by_maker(x) | x=f32[2,3] | todo
@dataclass
class Rotating:
    caches: Tensor

    def layer(self, i):
        return CacheView(self.caches[i], i)


def by_maker(x: Tensor):
    rotating = Rotating(torch.zeros(2, 3, 4))
    rotating.layer(1).update(x[0])
    return rotating.caches


@dataclass
class Layer:
    key: Tensor
    value: Tensor


# run from_outside(x) | x=f32[2,3] | todo
def from_outside(x: Tensor):
    kv = torch.zeros(2, 2, 3)
    layer = Layer(key=kv[0], value=kv[1])
    layer.key[0] = x[0]
    layer.value += 1
    return kv


@dataclass
class Window:
    rows: Tensor


# run stale(x) | x=f32[2,3] | todo
def stale(x: Tensor):
    buf = torch.zeros(2, 3)
    window = Window(buf[0])
    buf[0] = x[0]
    return window.rows


# run taken_behind(x) | x=f32[2,3]
def taken_behind(x: Tensor):
    buf = torch.zeros(2, 3)
    buf[0] = x[0]
    window = Window(buf[0])
    return window.rows + 1, buf


@dataclass
class State:
    h: Tensor
    n: int = 0


# run steps(x) | x=f32[3,4] | todo
def steps(x: Tensor):
    state = State(x[0])
    for t in range(1, 3):
        state.h += x[t]
        state.n += 1
    return state.h, state.n, x


# run own_steps(x) | x=f32[3,4]
def own_steps(x: Tensor):
    state = State(x[0] * 1)
    for t in range(1, 3):
        state.h += x[t]
        state.n += 1
    return state.h, state.n, x


@dataclass
class Cloud:
    points: Tensor
    heights: Tensor

    def move(self, by):
        self.points += by
        return self


# run moved(p) | p=f32[4,3] | todo
def moved(p: Tensor):
    cloud = Cloud(p, p[:, :1]).move(2)
    return cloud.points, cloud.heights


# run moved_apart(p) | p=f32[4,3]
def moved_apart(p: Tensor):
    cloud = Cloud(p, p[:, :1].clone()).move(2)
    return cloud.points, cloud.heights


class KV(NamedTuple):
    k: Tensor
    v: Tensor


# run named(x) | x=f32[2,3] | todo
def named(x: Tensor):
    buf = torch.zeros(2, 2, 3)
    kv = KV(buf[0], buf[1])
    kv.k[0] = x[0]
    return buf


# run unpacked(x) | x=f32[2,3] | todo
def unpacked(x: Tensor):
    buf = torch.zeros(2, 2, 3)
    kv = KV(*buf)
    k, v = kv
    v[0] = x[0]
    return buf


# run unpacked_copies(x) | x=f32[2,3]
def unpacked_copies(x: Tensor):
    buf = torch.zeros(2, 2, 3)
    k, v = KV(buf[0] + 1, buf[1].clone())
    v[0] = x[0]
    return buf, k, v


Pair = namedtuple("Pair", ["left", "right"])


# run simple(x) | x=f32[2,3] | todo
def simple(x: Tensor):
    buf = torch.zeros(2, 2, 3)
    pair = Pair(buf[0], buf[1])
    pair.left[0] = x[0]
    return buf


# run simple_read(x) | x=f32[2,3] | grad=x
def simple_read(x: Tensor):
    pair = Pair(x[0], x[1])
    total = pair.left + pair.right
    total[0] = 1.0
    return total


Boxes = namedtuple("Boxes", "corner extent")


# run counted(4)
def counted(n):
    boxes = Boxes([1, n], [2, 3])
    boxes.corner[0] = n
    corner, extent = boxes
    extent += [n]
    return boxes.corner, boxes.extent


class Sample(NamedTuple):
    rows: Tensor
    done: Tensor


class Store:
    def __init__(self):
        self.done = torch.zeros(3)

    def as_tensor(self, values):
        return torch.as_tensor(values)

    def sample(self, x):
        return Sample(x, self.as_tensor(x * 2).reshape(-1, 1))


def mark(store):
    store.done[0] = 1


# run of_what_a_call_gives(x) | x=f32[2,3]
def of_what_a_call_gives(x: Tensor):
    store = Store()
    mark(store)
    sample = store.sample(x)
    return sample.rows, sample.done, store.done
