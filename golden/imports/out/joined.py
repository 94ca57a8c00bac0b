import math, os
import mlx.core as mx
import sys, functools as ft
import mlx.nn as nn


class Joined(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.fc = nn.Linear(n, n)
        self.path = os.path.join("a", "b")

    def __call__(self, x):
        import operator
        return ft.reduce(operator.add, [nn.relu(self.fc(x)), mx.ones_like(x), math.pi * x])


def where():
    return os.sep in Joined(2).path, sys.maxsize > 0
