import math, os, torch
import sys, torch.nn as nn, torch.nn.functional as F, functools as ft


class Joined(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.fc = nn.Linear(n, n)
        self.path = os.path.join("a", "b")

    def forward(self, x):
        import operator, torch as th
        return ft.reduce(operator.add, [F.relu(self.fc(x)), th.ones_like(x), math.pi * x])


def where():
    return os.sep in Joined(2).path, sys.maxsize > 0
