# Methods that stand in another's place: of subclasses of an annotated class, of mixins, and functions that are assigned.
import torch
import torch.nn as nn


class Whole:
    def part(self, x):
        return x * 1

    def change(self, x):
        return x


class Row(Whole):
    def part(self, x):
        return x[0]

    def change(self, x):
        x.mul_(2)
        return x


# run annotated(x) | x=f32[2,3] | todo
def annotated(x):
    return added(Row(), x), added(Whole(), x)


def added(o: Whole, x):
    y = torch.relu(x)
    p = o.part(y)
    p += 1
    return y


# run written(x) | x=f32[2,3] | todo
def written(x):
    return doubled(Row(), x), doubled(Whole(), x)


def doubled(o: Whole, x):
    y = torch.relu(x)
    v = y[0]
    o.change(y)
    return v, y


# run mixed(x) | x=f32[2,3] | todo
def mixed(x):
    return Mixed()(x), Plain()(x)


class Plain(nn.Module):
    def pick(self, x):
        return x * 1

    def forward(self, x):
        y = torch.relu(x)
        p = self.pick(y)
        p += 1
        return y


class Mixin:
    def pick(self, x):
        return x[1]


class Mixed(Mixin, Plain):
    pass


# run assigned(x) | x=f32[2,3] | todo
def assigned(x):
    return ByLambda()(x), ByClass()(x)


class Open(nn.Module):
    def take(self, x):
        return x * 1

    def forward(self, x):
        y = torch.relu(x)
        p = self.take(y)
        p += 1
        return y


class ByLambda(Open):
    def __init__(self):
        super().__init__()
        self.take = lambda x: x[0]


class ByClass(Open):
    take = staticmethod(lambda x: x[0])


# run exact(x) | x=f32[2,3]
def exact(x):
    o = Sum()
    y = torch.relu(x)
    p = o.whole(y)
    p += 1
    return y, p, Copies()(x)


class Sum:
    def whole(self, x):
        return x * 1


class SumOfRow(Sum):
    def whole(self, x):
        return x[0]


class Copies(nn.Module):
    """All that may stand there give new tensors."""

    def copied(self, x):
        return x * 1

    def forward(self, x):
        y = torch.relu(x)
        p = self.copied(y)
        p += 1
        return y


class CopiesBelow(Copies):
    def copied(self, x):
        return x[0] + 1
