"""Functions that write to their parameter by another name, or only if a flag says so, and callers that pass them views."""
import torch
import torch.nn.functional as F
from torch import Tensor


def shifted(t: Tensor, mean, inplace: bool = False) -> Tensor:
    if not inplace:
        t = t.clone()
    t.sub_(mean)
    return t


# run flag_is_given(x) | x=f32[3,4] | todo
def flag_is_given(x: Tensor):
    y = x.clone()
    kept = shifted(y[1:], 0.5, inplace=True)
    return y, kept


# run flag_by_place(x) | x=f32[3,4]
def flag_by_place(x: Tensor):
    y = x.clone()
    shifted(y[1:], 0.5, True)
    for i in range(2):
        shifted(y[i], 0.25, inplace=True)
    return y


# run flag_is_left(x) | x=f32[3,4]
def flag_is_left(x: Tensor):
    y = x.clone()
    kept = shifted(y[1:], 0.5)
    other = shifted(y[0], 0.5, inplace=False)
    return y, kept, other


# run flag_of_rows(x) | x=f32[3,4] | todo
def flag_of_rows(x: Tensor):
    y = x.clone()
    for row in y:
        shifted(row, 0.5, inplace=True)
    return y


def standardized(t: Tensor, mean, std, inplace: bool = False):
    return shifted(t, mean, inplace) / std


# run flag_is_passed_on(x) | x=f32[3,4]
def flag_is_passed_on(x: Tensor):
    y = x.clone()
    standardized(y[0], 0.5, 2, inplace=True)
    z = standardized(y[1], 0.5, 2)
    return y, z


def chosen(t: Tensor, mean, inplace=False):
    out = t if inplace else t.clone()
    out.sub_(mean)
    return out


# run by_choice(x) | x=f32[3,4]
def by_choice(x: Tensor):
    y = x.clone()
    chosen(y[1:], 0.5, inplace=True)
    z = chosen(y[0], 0.5)
    return y, z


def compact(t: Tensor, mean, std):
    t = t if t.is_contiguous() else t.contiguous()
    t.sub_(mean).div_(std)
    return t


# run by_layout(x) | x=f32[3,4]
def by_layout(x: Tensor):
    y = x.clone()
    compact(y[1:], 0.5, 2)
    return y


class Eraser:
    def __init__(self, inplace):
        self.inplace = inplace

    def _erase(self, img: Tensor, i: int, v):
        if not self.inplace:
            img = img.clone()
        img[..., i : i + 2] = v
        return img

    def __call__(self, batch: Tensor):
        for b in range(batch.shape[0]):
            self._erase(batch[b], b, 2.0)
        return batch


# run by_flag_of_object(x) | x=f32[3,4]
def by_flag_of_object(x: Tensor):
    return Eraser(True)(x.clone()), Eraser(False)(x.clone())


def alias(t: Tensor):
    out = t
    out[0] += 1


def chained(t: Tensor):
    a = b = t
    b[0] = 5


def in_tuple(t: Tensor, u: Tensor):
    for k in (t, u):
        k.mul_(2)


def unpacked(t: Tensor):
    a, b = t, 3
    a.mul_(b)


def walrus(t: Tensor):
    (u := t).add_(1)


def detached(t: Tensor):
    t = t.detach()
    t.mul_(2)


def rectified(t: Tensor):
    F.relu(t, inplace=True)


def by_lambda(t: Tensor):
    return (lambda u: u.add_(1))(t)


def late(t: Tensor):
    other = torch.zeros(4)
    while other.sum() < 4:
        other += 1
        if other.sum() > 2:
            other = t
            break
    other.add_(1)


# run by_alias(x) | x=f32[3,4]
def by_alias(x: Tensor):
    y = x.clone()
    alias(y[1])
    return y


# run by_chain(x) | x=f32[3,4]
def by_chain(x: Tensor):
    y = x.clone()
    chained(y[1])
    return y


# run by_tuple(x) | x=f32[3,4] | todo
def by_tuple(x: Tensor):
    y = x.clone()
    in_tuple(y[1], y[2])
    return y


# run by_unpacking(x) | x=f32[3,4]
def by_unpacking(x: Tensor):
    y = x.clone()
    unpacked(y[1])
    return y


# run by_walrus(x) | x=f32[3,4]
def by_walrus(x: Tensor):
    y = x.clone()
    walrus(y[1])
    return y


# run by_detached(x) | x=f32[3,4]
def by_detached(x: Tensor):
    y = x.clone()
    detached(y[1])
    return y


# run by_relu(x) | x=f32[3,4]
def by_relu(x: Tensor):
    y = x.clone()
    rectified(y[1])
    return y


# run by_called_lambda(x) | x=f32[3,4]
def by_called_lambda(x: Tensor):
    y = x.clone()
    by_lambda(y[1])
    return y


# run by_loop(x) | x=f32[3,4]
def by_loop(x: Tensor):
    y = x.clone()
    late(y[1])
    return y


def packed(**parts):
    parts["t"].add_(1)


def several(*parts):
    for part in parts:
        part.add_(1)


# run by_packed(x) | x=f32[3,4]
def by_packed(x: Tensor):
    y = x.clone()
    packed(t=y[1])
    return y


# run by_several(x) | x=f32[3,4] | todo
def by_several(x: Tensor):
    y = x.clone()
    several(x, y[1])
    return y


# Those that write to something else.


def own_copy(t: Tensor):
    out = t * 2
    out[0] += 1
    return out


def rebound(t: Tensor, scale=None):
    if scale is None:
        t = t * 1
    else:
        t = t * scale
    t.add_(1)
    return t


def other_parameter(t: Tensor, u: Tensor):
    t, u = u, t
    return t + u


def masked(t: Tensor, mask=None):
    if mask is not None:
        t.masked_fill_(mask, 0)
    return t.sum()


def left_early(t: Tensor, fast=True):
    if fast:
        return t * 2
    t.add_(1)
    return t


# run written_elsewhere(x) | x=f32[3,4]
def written_elsewhere(x: Tensor):
    y = x.clone()
    a = own_copy(y[0])
    b = rebound(y[1])
    c = rebound(y[1], 3)
    d = other_parameter(y[0], y[1])
    e = masked(y[2])
    f = left_early(y[2])
    return y, a, b, c, d, e, f


class Normalizer:
    @classmethod
    def apply(cls, t: Tensor, mean, std):
        t.sub_(mean).div_(std)

    @classmethod
    def twice(cls, t: Tensor):
        cls.apply(t, 0.5, 2)
        cls.apply(t, 0.5, 2)

    @classmethod
    def applied(cls, t: Tensor, mean, std):
        return t.sub(mean).div(std)


# run by_class_method(x) | x=f32[3,4]
def by_class_method(x: Tensor):
    y = x.clone()
    Normalizer.apply(y[1:], 0.5, 2)
    Normalizer.twice(y[0])
    z = Normalizer.applied(y[1], 0.5, 2)
    return y, z


class Store:
    def put(self, dst: Tensor, v: Tensor):
        dst.copy_(v)


class Doubled(Store):
    def put(self, dst: Tensor, v: Tensor):
        super().put(dst, v * 2)


class Shown(Store):
    def put(self, dst: Tensor, v: Tensor):
        return dst + v


class Rows(Doubled):
    def fill(self, y: Tensor, x: Tensor):
        self.put(y[0], x[0])
        super().put(y[1], x[1])
        Store.put(self, y[2], x[2])
        return y


# run by_base(x) | x=f32[3,4]
def by_base(x: Tensor):
    y = x.clone()
    return Rows().fill(y, x)


# run by_override(x) | x=f32[3,4]
def by_override(x: Tensor):
    y = x.clone()
    z = Shown().put(y[0], x[1])
    return y, z


def clipped(t):
    if not isinstance(t, list):
        t = [t]
    if isinstance(t[0], Tensor):
        t = torch.stack(t)
    t[t < 0] = 0
    return t


def clipped_in_place(t):
    if isinstance(t, Tensor):
        t[t < 0] = 0


# run by_what_it_is(x) | x=f32[3,4]
def by_what_it_is(x: Tensor):
    y = x.clone()
    z = clipped(y[0])
    clipped_in_place(y[1])
    return y, z


# run activated_rows(x) | x=f32[3,4]
def activated_rows(x: Tensor):
    y = x.clone()
    F.relu(y[1], inplace=True)
    F.leaky_relu(y[:, 1], 0.1, inplace=True)
    z = F.relu(x[0], inplace=True)
    return y, z


def passed_on(**parts):
    parts["scale"] = 2.0
    return parts["t"] * parts["scale"]


# run by_own_dict(x) | x=f32[3,4]
def by_own_dict(x: Tensor):
    y = x.clone()
    z = passed_on(t=y[0])
    return y, z


def stored_anew(rows, k):
    for i in range(len(rows)):
        rows[i] = rows[i] * k
    return rows


# run by_own_list(x) | x=f32[3,4]
def by_own_list(x: Tensor):
    y = x.clone()
    z = stored_anew(list(y.unbind(0)), 3)
    return y, torch.stack(z)
