# `.data` of what is computed from arguments of which nothing else is known.
import torch
import torch.nn as nn


# run bound(x) | x=f32[4,3] | grad=x
def bound(x):
    y = x.exp()
    z = y.data
    z[0] = 1
    return (z * x).sum()


# run weighed(x, y) | x=f32[4,3] | y=f32[4,3] | grad=x
def weighed(x, y):
    d = (x - y) ** 2
    w = d.data
    w /= w.sum()
    return (w * (x - y).abs()).sum()


# run apart(x, y) | x=f32[4,3] | y=f32[4,3] | grad=x
def apart(x, y):
    s = (x * 2).data
    n = (-x).data
    t = (x - y).sum().data
    return (s * x).sum() + (n * x).sum() * t


def normed(x, mean, var, momentum=0.9):
    m = x.mean(0)
    v = ((x - m) ** 2).mean(0)
    mean = momentum * mean + (1 - momentum) * m
    var = momentum * var + (1 - momentum) * v
    return (x - m) / torch.sqrt(v + 1e-5), mean.data, var.data


# run steps(x) | x=f32[4,3] | grad=x
def steps(x):
    mean, var = torch.zeros(3), torch.ones(3)
    for _ in range(2):
        y, mean, var = normed(x, mean, var)
    return y, mean, var


class Holder:
    def __init__(self, p):
        self.value = (p * 2).data


# run held(x) | x=f32[4,3] | grad=x
def held(x):
    return (Holder(x).value * x).sum()


# run repeated(x) | x=f32[4,3] | grad=x
def repeated(x):
    total = 0
    for i in range(3):
        y = x * (i + 1)
        z = y.data
        z += 1
        total = total + (z * x).sum()
    return total


# Records have data of their own.
class Record:
    def __init__(self, data):
        self.data = data

    def __mul__(self, other):
        return Record(self.data * other)


def of_product(record):
    return (record * 2).data


# run records()
def records():
    return of_product(Record(3)), of_product(Record([1]))
