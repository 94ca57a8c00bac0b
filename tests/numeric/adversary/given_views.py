"""Views that functions give several at once: a tuple, a list, a dictionary, a property, an item; the caller writes to one, or changes what they are taken from."""
import torch
from torch import Tensor, nn


def halves(t):
    return t[..., :2], t[..., 2:]


def first_and_mean(t):
    return t[0], t.mean(0)


# run write_to_half(x) | x=f32[3,4] | todo
def write_to_half(x: Tensor):
    left, right = halves(x)
    left += 1
    return x


# run write_to_other_half(x) | x=f32[3,4] | todo
def write_to_other_half(x):
    left, right = halves(x)
    right.zero_()
    return x


# run write_to_item(x) | x=f32[3,4] | todo
def write_to_item(x: Tensor):
    halves(x)[0][:] = 1
    return x


# run add_to_item(x) | x=f32[3,4] | todo
def add_to_item(x: Tensor):
    halves(x)[1].add_(1)
    return x


# run stale_halves(x) | x=f32[3,4] | todo
def stale_halves(x: Tensor):
    left, right = halves(x)
    x *= 2
    return left + right


# run copies_of_halves(x) | x=f32[3,4]
def copies_of_halves(x: Tensor):
    left, right = halves(x.clone())
    left += 1
    right *= 2
    return left, right, x


# run read_halves(x) | x=f32[3,4] | grad=x
def read_halves(x: Tensor):
    left, right = halves(x)
    return torch.cat((-right, left), -1)


# run write_to_mean(x) | x=f32[3,4]
def write_to_mean(x: Tensor):
    first, mean = first_and_mean(x)
    mean += 1
    return first, mean, x


# run mean_stays(x) | x=f32[3,4]
def mean_stays(x: Tensor):
    _, mean = first_and_mean(x)
    x += 1
    return mean, x


# run write_to_first(x) | x=f32[3,4] | todo
def write_to_first(x: Tensor):
    first, mean = first_and_mean(x)
    first -= mean
    return x


# run by_lambda(x) | x=f32[3,4] | todo
def by_lambda(x: Tensor):
    cut = lambda t: (t[:, :2], t[:, 2:])
    a, b = cut(x)
    a += 1
    return x


# run by_local(x) | x=f32[4,3] | todo
def by_local(x: Tensor):
    def cut(t):
        return t[:2], t[2:]

    a, b = cut(x)
    a -= b
    return x


def rows_of(t):
    return [row for row in t]


def gathered(t):
    rows = []
    for i in range(t.size(0)):
        rows.append(t[i])
    return rows


# run each_row(x) | x=f32[3,4] | todo
def each_row(x: Tensor):
    for row in rows_of(x):
        row += 1
    return x


# run gathered_rows(x) | x=f32[3,4] | todo
def gathered_rows(x: Tensor):
    first, *rest = gathered(x)
    first.zero_()
    return x


def named(kv):
    return {"k": kv[0], "v": kv[1], "n": kv.sum()}


# run named_part(x) | x=f32[2,4] | todo
def named_part(x: Tensor):
    parts = named(x)
    parts["v"].add_(1)
    return x


# run named_sum(x) | x=f32[2,4]
def named_sum(x: Tensor):
    parts = named(x)
    parts["n"].add_(1)
    return parts["n"], x


class Cache:
    def __init__(self, x: Tensor):
        self.k = torch.zeros(2, 2, 3)
        self.v = torch.zeros(2, 2, 3)
        self.log = [torch.zeros(3), torch.zeros(3)]

    def get(self, i):
        return self.k[i], self.v[i]

    def __getitem__(self, i):
        return self.k[i], self.v[i]

    @property
    def first(self):
        return self.k[0], self.v[0]

    @staticmethod
    def parts(t):
        return t[:, :1], t[:, 1:]

    def logs(self):
        return self.log[0], self.log[1]

    def copies(self, i):
        return self.k[i].clone(), self.v[i] * 2


# run by_method(x) | x=f32[2,3] | todo
def by_method(x: Tensor):
    cache = Cache(x)
    for t in range(2):
        k, v = cache.get(0)
        k[t] = x[t]
    return cache.k, cache.v


# run by_index(x) | x=f32[2,3] | todo
def by_index(x: Tensor):
    cache = Cache(x)
    k, v = cache[1]
    v[0].copy_(x[0])
    return cache.k, cache.v


# run by_property(x) | x=f32[2,3] | todo
def by_property(x: Tensor):
    cache = Cache(x)
    k, v = cache.first
    k[0] = x[0]
    return cache.k, cache.v


# run by_static(x) | x=f32[2,3] | todo
def by_static(x: Tensor):
    a, b = Cache.parts(x)
    a *= 2
    return x


# run whole_logs(x) | x=f32[2,3]
def whole_logs(x: Tensor):
    cache = Cache(x)
    a, b = cache.logs()
    a += x[0]
    b.copy_(x[1])
    return cache.log


# run copied_rows(x) | x=f32[2,3]
def copied_rows(x: Tensor):
    cache = Cache(x)
    k, v = cache.copies(0)
    k[0] = x[0]
    v += 1
    return cache.k, cache.v, k, v


class Paged(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("kv", torch.zeros(2, 2, 3))
        self.proj = nn.Linear(3, 4)

    def layer(self, i):
        return self.kv[i, 0], self.kv[i, 1]

    def qk(self, x):
        h = self.proj(x)
        return h[..., :2], h[..., 2:]

    def both(self, x):
        q, k = self.qk(x)
        q *= 0.5
        k += q
        return q + k


# run m = Paged(); m.both(x) | model=m | x=f32[2,3]


# run filled(x) | x=f32[2,3] | todo
class Filled(Paged):
    def forward(self, x):
        k, v = self.layer(0)
        k += x[0]
        v.copy_(x[1])
        return self.kv


def filled(x):
    return Filled()(x)


# run lists(3)
def ends(items):
    return items[0], items[-1]


def lists(n):
    pairs = [[1], [2], [n]]
    first, last = ends(pairs)
    first += [4]
    a, b = ends([1, 2, 3])
    a += b
    return pairs, a


def shifted(ids, pad):
    ids.masked_fill_(ids == -100, pad)
    moved = ids.clone()
    moved[:, 0] = ids[:, -1]
    moved[:, 1:] = ids[:, :-1]
    return moved


# run values_are_taken(x) | x=i64[2,4] < 9
def values_are_taken(x):
    moved = shifted(x, 1)
    y = x * 2
    x += 1
    moved[0] = 0
    return moved, x, y


def parts_by_name(x):
    parts = {}
    parts["first"] = x[:, :1]
    parts["sum"] = x.sum(1)
    return parts


# run items_are_kept(x) | x=f32[2,4] | todo
def items_are_kept(x: torch.Tensor):
    parts = parts_by_name(x)
    parts["first"] += 1
    return x
