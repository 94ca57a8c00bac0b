"""`x[i][j] = v` of values that nothing is known about: an item of an array is a view in PyTorch, unless an array, a list or a mask selects it."""
import torch
import torch.nn as nn
from torch import Tensor


# run numbers(a, b) | a=f32[3,4] | b=f32[3,4]
def numbers(a, b):
    for i in range(3):
        for j in range(1, 4):
            b[i][j] = a[i][j] * 2
    b[-1][0] -= 2
    best = a.argmax(1)
    for i in range(3):
        b[i][best[i]] = 9
    return b


# run lists(a, b) | a=f32[3,4] | b=f32[3,4]
def lists(a, b):
    places = {"first": [0, 1]}
    for i in range(3):
        b[i][[0, 2]] = 5
        b[i][torch.tensor([1])] = 4
        b[i][places["first"]] -= 1
    return b


# run copies(x, i) | x=f32[4,3] | i=i64[2] < 4
def copies(x, i):
    m = x[:, 0] > 0
    x[m][:, 0] = 9
    x[i][:, 1] = 4
    x[[0, 1]][0] = 7
    return x


def put(table, row, column, value):
    table[row][column] = value


# run tables(b) | b=f32[3,4]
def tables(b):
    put(b, 0, 1, 5)
    rows = [[1, 2], [3, 4]]
    put(rows, 1, 0, 7)
    by_name = {"x": {"y": 1}}
    put(by_name, "x", "y", 2)
    return b, rows, by_name


class Counts(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("count", torch.zeros(3, 4))

    def forward(self, x, classes):
        for k, c in enumerate(classes):
            self.count[c][k] += 1
            self.count[c][x > 0] += 2
        return self.count * x


# run m = Counts(); m(x, [0, 2]) | model=m | x=f32[4]
# run confusion(x, p) | x=f32[6,3] | p=i64[6] < 3
def confusion(scores, labels):
    table = torch.zeros(3, 3)
    found = torch.max(scores, 1)[1]
    for p, t in zip(found, labels):
        table[p][t] += 1
    return table


# run places(a) | a=f32[3,4]
def places(a):
    c = torch.zeros(4, 4)
    for k in a.argmax(1):
        c[k][0] += 1
    for p in torch.nonzero(a > 0):
        c[p[0]][p[1]] = 1
    chosen = torch.tensor([0, 2])
    c[chosen][0] = 9
    c[chosen[0]][1] = 3
    return c


def fill(m: Tensor):
    m[0][0] = 7


def fill_part(m: Tensor):
    fill(m[0:2])


# run passed()
def passed():
    y = torch.arange(24.0).view(2, 3, 4)
    fill(y[1])
    fill_part(y[0])
    return y
