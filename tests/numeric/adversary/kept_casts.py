"""Casts that change nothing give the tensor itself, which is written to."""

import torch


# run both(x) | x=f32[4,3]
def both(x):
    y = x.float()
    y.clamp_(0, 1)
    return x, y


# run both_from_whole_numbers(x) | x=i64[4,3] < 5
def both_from_whole_numbers(x):
    y = x.float()
    y.clamp_(0, 1)
    return x, y


def limited(x):
    x = x.float()
    x.clamp_(0, 1)
    return x.sum()


# run of_the_caller(x) | x=f32[4,3]
def of_the_caller(x):
    total = limited(x)
    return x, total


# run of_the_callers_copy(x) | x=f32[4,3]
def of_the_callers_copy(x):
    total = limited(x.half())
    return x, total


def scaled(image: torch.Tensor, like: torch.Tensor):
    image = image.type_as(like)
    image /= 255
    image[0] = 0
    return image


# run scaled_for_caller(x, y) | x=f32[4,3] | y=f32[2]
def scaled_for_caller(x, y):
    z = scaled(x, y)
    return x + z, x


# run scaled_copy(x, y) | x=i64[4,3] < 5 | y=f32[2]
def scaled_copy(x, y):
    return scaled(x, y), x


# run by_dtype(x) | x=f32[4,3]
def by_dtype(x: torch.Tensor):
    y = x.to(torch.float32)
    y[0] = 5
    y += 1
    return x


# run of_a_row(x) | x=f32[4,3] | todo
def of_a_row(x: torch.Tensor):
    y = x[0].float()
    y.add_(1)
    return x, y


class Store:
    def __init__(self, values: torch.Tensor):
        self.values = values

    def shifted(self):
        values = self.values.float()
        values.add_(1)
        return values


# run of_an_attribute(x) | x=f32[4]
def of_an_attribute(x):
    store = Store(x)
    return store.shifted() * store.shifted(), store.values


# run not_written(x) | x=f32[4,3]
def not_written(x):
    y = x.float()
    z = (x * 2).float()
    z.add_(y)
    return x, y, z


# run with_gradient(x) | x=f32[4,3] | grad=x
def with_gradient(x):
    y = (x * 2).float()
    z = y.to(torch.float32)
    z.mul_(3)
    return y + z
