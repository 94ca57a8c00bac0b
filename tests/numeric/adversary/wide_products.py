"""Products of integers that need 64 bits: hashes, rolling hashes, keys of coordinates, of ids that other functions make."""
import torch
import torch.nn as nn


class HashedRows(nn.Module):
    def __init__(self, rows=11, width=2):
        super().__init__()
        self.table = nn.Embedding(rows, width)
        self.rows = rows
        self.primes = [805459861, 2097192037]

    def forward(self, ids):
        return sum(self.table((ids * p) % self.rows) for p in self.primes)


# run m = OnPositions(); m(x) | model=m | x=f32[2,9,2]
class OnPositions(nn.Module):
    def __init__(self):
        super().__init__()
        self.hashed = HashedRows()

    def forward(self, x):
        return x + self.hashed(torch.arange(x.size(1)))


# run m = HashedByBuffer(); m(ids) | model=m | ids=i64[12] < 90
class HashedByBuffer(nn.Module):
    def __init__(self, rows=11, width=2):
        super().__init__()
        self.table = nn.Embedding(rows, width)
        self.rows = rows
        self.register_buffer("primes", torch.tensor([805459861, 2097192037]))
        self.offset = torch.tensor([70000, 900000])

    def forward(self, ids):
        return self.table((ids.unsqueeze(-1) * self.primes + self.offset * self.offset) % self.rows).sum(-2)


PRIMES = [1, 2654435761, 805459861]


def spatial(cells, size):
    h = torch.zeros_like(cells[..., 0])
    for i in range(cells.shape[-1]):
        h ^= cells[..., i] * PRIMES[i]
    return h % size


# run spatial_rows(x) | x=f32[3]
def spatial_rows(x):
    axes = torch.meshgrid(torch.arange(7), torch.arange(7), torch.arange(9), indexing="ij")
    return spatial(torch.stack(axes, -1).reshape(-1, 3), 2**14).float()


def spatial_of_two(cells, size):
    primes = (1, 805459861, 2097192037)
    h = cells[..., 0] * primes[0]
    for i in range(1, cells.shape[-1]):
        h = h ^ (cells[..., i] * primes[i])
    return h % size


def spatial_by_zip(cells, size, primes=(1, 805459861, 2097192037)):
    h = cells[..., 0] * 0
    for i, p in enumerate(primes):
        h = h ^ (cells[..., i] * p)
    return h % size


# run corners(x) | x=f32[3,4]
def corners(x):
    offsets = torch.tensor([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    cells = torch.floor(x[:, :3] * 4).int().unsqueeze(1) + offsets
    return spatial_of_two(cells, 1000).float(), spatial_by_zip(cells, 1000).float()


class Codes:
    def __init__(self, n):
        self.ids = torch.arange(n)

    def of(self, factor, size):
        return (self.ids * factor) % size


# run codes(x) | x=f32[3]
def codes(x):
    return Codes(6).of(2654435761, 1009).float(), Codes(6).of(805459861, 1009).float()


def congruential(ids):
    return (ids * 1103515245 + 12345) % 2147483648


# run mixed(x) | x=f32[3]
def mixed(x):
    return congruential(torch.arange(5)).float()


# run filled(x) | x=f32[3,4]
def filled(x):
    return (torch.full((2,), 3) * 2147483647).float()


def flat(i, j, n):
    return i * n + j


# run edges(x) | x=f32[4]
def edges(x):
    i = torch.arange(60000, 60003)
    return flat(i, i, 60003).float()


def rolling(x):
    h = 0
    for t in x:
        h = h * 31 + t
    return h


def rolling_rows(x):
    h = torch.zeros(x.shape[0], dtype=torch.long)
    for t in range(x.shape[1]):
        h = h * 31 + x[:, t]
    return h


# run rolled(x) | x=f32[3]
def rolled(x):
    return rolling(torch.arange(20)).float(), rolling_rows(torch.arange(24).view(2, 12)).float()


def cantor(a, b):
    return (a + b) * (a + b + 1) // 2 + b


# run paired(x) | x=f32[4]
def paired(x):
    return cantor(torch.arange(60000, 60003), torch.arange(70000, 70003)).float()


def voxel_key(cells, height, depth):
    x, y, z = cells.unbind(-1)
    return x * height * depth + y * depth + z


def batched_key(cells, batch, size):
    return batch * size**3 + cells[:, 0] * size**2 + cells[:, 1] * size + cells[:, 2]


# run keys(x) | x=f32[4]
def keys(x):
    cells = torch.tensor([[1500, 1400, 1999]])
    return voxel_key(cells, 1500, 2000).float(), batched_key(cells, torch.tensor([7]), 2000).float()


# run counted(x) | x=f32[4,3]
def counted(x):
    n = (x > -9).sum(1)
    return (n * 1000003 * 4099).float(), (x.argmax(1) * 2000000011).float()


def scaled(x, factor):
    return x * factor, x * 65536, (x * factor) % 7


# Floats, numbers and small integers stay what they are.
# run scaled(x, 3), scaled(5, 3), scaled(2.5, 70000) | x=f32[4]
# run polynomial(x) | x=f32[4]
def polynomial(x):
    y = 0
    for c in (1.0, 2.0, 3.0):
        y = y * 2 + c * x
    return y


# run small(i) | i=i64[3] < 9
def small(i):
    return i * 2 + 1, (i * 3) % 5


# run repeated(h, 5) | h=i64[3] < 9
def repeated(h, n):
    k = h
    for _ in range(n):
        h = h * 1103515245
        h = h % 65537
        k = k * 70001 * h
    return h, k
