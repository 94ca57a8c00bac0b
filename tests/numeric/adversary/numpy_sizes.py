"""Numbers of NumPy's as sizes, and lists of them as data."""

import numpy as np
import torch
from torch import nn


# run Flat((3, 4))(x) | x=f32[2,3,4]
class Flat(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.n = np.prod(shape)
        self.shape = shape

    def forward(self, x):
        y = x.view(-1, self.n)
        z = x.reshape(np.prod(self.shape), x.size(0))
        return y, z, x.view(x.shape[0], np.prod(x.shape[1:])), x.view(np.prod(x.shape))


# run made((2, 3))
def made(dims):
    n = np.prod(dims)
    return torch.zeros(n), torch.ones(n, 2), torch.arange(n).float(), torch.zeros(2 * np.prod(dims)).view(2, *dims)


# run listed()
def listed():
    a = np.array([[1, 2], [3, 4]])
    picked = [a[0, 0] > 0, a[0, 1] > 5]
    rows = [list(row) for row in a]
    return torch.tensor(list(a[0])), torch.tensor(rows, dtype=torch.long), torch.tensor(picked), torch.tensor([row for row in a])


# run scaled(x, t) | x=f32[2,3] | t=f32[2]
def scaled(x, t):
    return factored(x), factored(x, 2.5), factored(x, t)


def factored(x, factor=1):
    if isinstance(factor, (int, float)):
        return x * factor
    return x * factor.view(factor.size(0), 1)


# run powered(8, 2).shape
def powered(size, levels):
    n = (size // 2 ** (levels - 1)) ** 2
    return Positions(n).table


class Positions(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.table = nn.Parameter(torch.randn(n) + torch.zeros(n) + torch.rand(n))
