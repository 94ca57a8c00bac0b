# Rows in an order that NumPy draws, of values of which nothing is known: what is selected from may be an array, or a list of them.
from collections import namedtuple

import numpy as np
import torch

Batch = namedtuple("Batch", "a b")


def minibatches(batch, n, size):
    order = np.arange(n)
    np.random.shuffle(order)
    for start in range(0, n, size):
        rows = order[start : start + size]
        yield Batch(*[part[rows] for part in batch])


# run of_a_tuple(x, y) | x=f32[8,3] | y=f32[8]
def of_a_tuple(x, y):
    parts = list(minibatches(Batch(x, y), 8, 4))
    return sum(part.a.sum() for part in parts), sum(part.b.sum() for part in parts), len(parts)


def drawn(*arrays):
    order = np.random.permutation(8)
    found = []
    for array in arrays:
        found.append(array[order])
    return found


# run of_many(x, y) | x=f32[8,3] | y=f32[8]
def of_many(x, y):
    a, b = drawn(x, y)
    return a.sum(0), b.sum()


# run of_numpy_too(x) | x=f32[8,3]
def of_numpy_too(x):
    a, b = drawn(x, np.ones((8, 2)))
    return a.sum(0), b.tolist()


def chosen(values, k):
    rows = np.random.choice(len(values), k, replace=False)
    return values[rows]


# run by_choice(x) | x=f32[8,3]
def by_choice(x):
    return torch.sort(chosen(x, 8).sum(1))[0]
