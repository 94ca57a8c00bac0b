import torch
import torch.nn as nn


def names(m):
    return [n for n, _ in m.named_parameters()], [n for n, _ in m.named_buffers()]


class Copies:
    def read(self, x):
        return x.clone()

    def doubled(self, x):
        return x * 2

    def run(self, x):
        v = self.read(x)
        v += 1
        v[0] = 0
        w = self.doubled(x)
        w.mul_(3)
        return v, w, x


class CopiesRows(Copies):
    """Rows of what is computed are nobody else's."""

    def read(self, x):
        return (x + 1)[:2]

    def doubled(self, x):
        return x[[0, 2]]


# run copies(x) | x=f32[3,4]
def copies(x):
    return Copies().run(x.clone()), CopiesRows().run(x.clone())


# run rows(x) | x=f32[3,4] | todo
def rows(x):
    return Reads().run(x.clone()), ReadsRows().run(x.clone())


class Reads:
    def read(self, x):
        return x.clone()

    def run(self, x):
        v = self.read(x)
        v += 1
        v[0] = 0
        return v, x


class ReadsRows(Reads):
    def read(self, x):
        return x[:2]


# run column(x) | x=f32[3,4] | todo
def column(x):
    return Gets().run(x.clone()), GetsColumn().run(x.clone())


class Gets:
    def taken_out(self, x):
        return x * 2

    def run(self, x):
        v = self.taken_out(x)
        v.mul_(3)
        return v, x


class GetsColumn(Gets):
    def taken_out(self, x):
        return x[:, 1]


# run looks(x) | x=f32[3,4]
def looks(x):
    return Looks().run(x), LooksTwice().run(x)


class Keeps:
    def change(self, x):
        return x

    def run(self, x):
        y = torch.relu(x)
        self.change(y[0])
        for i in range(1, y.shape[0]):
            self.change(y[i])
        return y


class Doubles(Keeps):
    def change(self, x):
        x.mul_(2)
        return x


# run changed(x) | x=f32[3,4]
def changed(x):
    return Keeps().run(x), Doubles().run(x)


class Looks:
    """Methods that only compute, in whatever class."""

    def change(self, x):
        return x

    def run(self, x):
        y = x * 1.0
        total = self.change(y[0])
        for i in range(1, y.shape[0]):
            total = total + self.change(y[i])
        return y, total


class LooksTwice(Looks):
    def change(self, x):
        x = x * 2
        x += 1
        return x


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.k = self.default_k()
        self.bias = self.default_bias()
        self.depth = self.default_depth()
        self.fc = nn.Linear(2, 2)

    def default_k(self):
        return 2

    def default_bias(self):
        return None

    def default_depth(self):
        return 3

    def forward(self, x):
        return self.fc(x) * self.k


class ScaledEach(Scaled):
    def default_k(self):
        return torch.tensor([1.0, 2.0])

    def default_bias(self):
        return torch.zeros(2)

    def default_depth(self):
        return 4


# run scaled()
def scaled():
    return names(Scaled()), names(ScaledEach()), ScaledEach().k, ScaledEach().depth


class Weighed(nn.Module):
    """Only arrays are summed, viewed and unsqueezed."""

    def __init__(self, weight, table, rate):
        super().__init__()
        self.weight = weight
        self.table = table
        self.rate = rate
        self.fc = nn.Linear(2, 2)

    def forward(self, x):
        return self.fc(x) * self.weight.sum() + self.table.view(1, -1) * self.rate


# run weighed(x) | x=f32[3,2]
def weighed(x):
    m = Weighed(x.mean(0), x[0], 0.5)
    for p in m.parameters():
        nn.init.constant_(p, 0.1)
    return names(m), m(x), m.rate
