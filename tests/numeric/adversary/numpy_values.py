"""NumPy's numbers and arrays beside tensors."""
import math

import numpy as np
import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, dim, heads=2):
        super().__init__()
        self.scale = 1 / np.sqrt(dim // heads)
        self.table = np.linspace(0.1, 1.0, 8)
        self.temperature = np.exp(-0.5)

    def forward(self, q, k, step=0):
        w = torch.softmax(self.scale * (q @ k.transpose(-2, -1)), dim=-1)
        w = self.table[step] * w + (1 - self.table[step]) * w * self.temperature
        return -self.temperature * w


# run attend(q, k) | q=f32[2,3,4] | k=f32[2,3,4] | grad=q,k
def attend(q, k):
    return Attention(4)(q, k, step=2)


# run left_of(x, 3) | x=f32[2,3] | grad=x
def left_of(x: torch.Tensor, n):
    s = np.sqrt(n)
    total = s / 2
    return s * x + total * x, np.log(n) - x, np.pi * x, np.maximum(n, 2) * x


# run nothing_known(x, 3) | x=f32[2,3] | grad=x | expect=fails | reason=a NumPy number or array beside a value of unknown kind
def nothing_known(x, n):
    return np.sqrt(n) * x


# run of_lists(x, [1.0, 3.0]) | x=f32[2,3] | grad=x
def of_lists(x: torch.Tensor, values):
    mean, std = np.mean(values), np.std(values)
    return mean * x, std * x, np.array(values)[1] * x, np.array(values).max() * x, (x - mean) / std


# run counted(n) | n=i64[3] < 9 | check=kind
def counted(n: torch.Tensor):
    sizes = np.array([2, 3])
    return np.prod([2, 3]) * n, sizes[0] * n, sizes.sum() + n, n * sizes[1]


# run compared(x) | x=f32[5]
def compared(x: torch.Tensor):
    low = np.log(0.5)
    return low < x, np.exp(0.0) >= x, (np.float64(0.2) > x).float()


# run halves(x) | x=f16[4]
def halves(x: torch.Tensor):
    return np.sqrt(2.0) * x, np.float32(0.5) * x, torch.tensor(np.sqrt(2.0)) * x


# run triangle(x, 3) | x=f32[3] | grad=x
def triangle(x, n):
    lower = x.new_zeros(n, n)
    low, diagonal = np.tril_indices(n, k=-1), np.diag_indices(n)
    lower[low[0], low[1]] = x
    lower[diagonal[0], diagonal[1]] = 1.0
    return lower


# run upper(x) | x=f32[4,4] | grad=x
def upper(x: torch.Tensor):
    i, j = np.triu_indices(4, 1)
    return x[i, j], x[np.triu_indices(4, 1)]


# run rows(x) | x=f32[6,2] | grad=x
def rows(x: torch.Tensor):
    order = np.argsort(np.array([3.0, 1.0, 2.0]))
    groups = np.array([[0, 1], [2, 3]])
    return x[order], x[order[0]], x[groups[1]], [x[i] for i in order], x[order[1:]]


class Constant(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.register_buffer("log_z", torch.tensor(0.5 * np.log(2 * np.pi), dtype=torch.float64), persistent=False)
        self.register_buffer("part", torch.tensor(0.5 * math.log(2 * math.pi), dtype=torch.float64), persistent=False)

    def forward(self, x):
        y = -0.5 * self.fc(x)
        return y - self.log_z - self.part


# run constant_buffer(x) | x=f32[3]
def constant_buffer(x):
    return Constant()(x)


class Noisy:
    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.old = np.random.RandomState(seed)

    def draw(self):
        noise = self.rng.normal(size=(3, 2)).clip(-0.5, 0.5).astype(np.float32)
        rows = self.rng.permutation(3).repeat(2)
        return torch.from_numpy(noise), rows, self.old.uniform(0, 1, size=4).clip(0, 0.5).max(), self.rng.integers(0, 3, size=4).argmax()


# run drawn_by_generators(x) | x=f32[3,2]
def drawn_by_generators(x: torch.Tensor):
    noise, rows, top, at = Noisy(0).draw()
    np.random.seed(3)
    scale, items, one = np.random.uniform(), np.random.randint(0, 3, size=2), np.random.choice(3)
    mixed = torch.tensor(np.random.uniform(size=(3, 2)).astype(np.float32)) * scale + x[one]
    return x + noise, x[rows], top, int(at), mixed, x[items][:, :1], x[np.random.choice(3, 2)].sum()
