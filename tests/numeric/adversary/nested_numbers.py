"""Items of items that are written by numbers: PyTorch writes through the view, whatever the first index is called."""
import torch
from torch import Tensor, nn


# run doubled(a, b), b | a=f32[3,4] | b=f32[3,4]
def doubled(a, b):
    for i in range(3):
        for j in range(4):
            b[i][j] = a[i][j] * 2
    return b


# run best_of(a, b), b | a=f32[3,4] | b=f32[3,4]
def best_of(a, b):
    best = a.argmax(1)
    for i in range(3):
        b[i][best[i]] = 9
    b[0][1] = 5
    b[-1][0] -= 2
    return b


# run learned(q, 1, 2, 0.5, 0), q | q=f32[3,4]
def learned(q, s, a, r, s2):
    q[s][a] += 0.1 * (r + 0.9 * torch.max(q[s2]) - q[s][a])
    return q


# run counted(t, p) | t=i64[6] < 3 | p=i64[6] < 3
def counted(t: Tensor, p: Tensor):
    counts = torch.zeros(3, 3)
    for a, b in zip(t, p):
        counts[a][b] += 1
    for a, b in zip(t.view(-1), p.view(-1)):
        counts[a][b] += 1
    return counts


class Counter:
    def __init__(self, n):
        self.counts = torch.zeros(n, n)

    def add(self, t, p):
        for a, b in zip(t, p):
            self.counts[a][b] += 1
        return self.counts


# run counters(t, p) | t=i64[6] < 3 | p=i64[6] < 3
def counters(t, p):
    counter = Counter(3)
    counter.add(t, p)
    return counter.add(p, t)


class Queue(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("kept", torch.zeros(3, 4))

    def forward(self, x, i):
        self.kept[i][0] = 5
        self.kept[i][x > 0] += 1
        return self.kept * x


# run queues(x) | x=f32[4]
def queues(x):
    queue = Queue()
    return queue(x, 1), queue(x, torch.tensor(2)), queue.kept


# run deep(x, 2), x | x=f32[2,3,4]
def deep(x, k):
    x[0][1][k] = 7
    x[1][k][0] += x[0][0][0]
    return x.sum()


# run lists(4, x) | x=f32[3]
def lists(n, x):
    grid = [[0.0] * n for _ in range(n)]
    table = {}
    for i in range(n):
        grid[i][i] = x.sum()
        table[i] = {}
        table[i]["at"] = i
    fill(grid, 1, 2)
    return [float(v) for row in grid for v in row], sorted(table)


def fill(grid, i, j):
    grid[i][j] = 5


# run copied(x, m, i), x | x=f32[4,3] | m=bool[4] | i=i64[2] < 4
def copied(x, m, i):
    x[m][:, 0] = 5
    x[i][:, 1] = 6
    x[[0, 1]][0] = 7
    return x


def corner(rows, v):
    rows[0][0] = v


def hidden(rows):
    for i in range(rows.size(0)):
        rows[i][rows[i] < 0] = 0


# run cornered(x) | x=f32[2,3,3]
def cornered(x: Tensor):
    m = torch.zeros(2, 3, 3)
    corner(m[0], 3.0)
    y = x.clone()
    hidden(y[1])
    for i in range(2):
        corner(m[i], 2.0)
    return m, y


class Held:
    def put(self, rows):
        rows[0][1:] = 4

    def both(self, x: Tensor):
        y = x * 1
        self.put(y[1])
        return y


# run Held().both(x) | x=f32[2,3,3]
