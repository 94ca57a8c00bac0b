"""Integers that are made beside their product, power or sum, and of sizes that no literal bounds: PyTorch's have 64 bits."""
import torch
import torch.nn.functional as F


def loops(n):
    return torch.arange(n) * (n + 1)


def flat(height: int, width: int):
    rows, columns = torch.arange(height), torch.arange(width)
    return rows[-2:, None] * width + columns[-2:]


def squares(n):
    i = torch.arange(n)
    return (i**2).sum(), torch.sum(i * i), i.pow(2).sum(), torch.square(i).sum()


def sums(n: int):
    return torch.arange(n).sum(), (torch.arange(n) * 2).sum(), torch.cumsum(torch.arange(n), 0)[-1:]


# run sized(x) | x=f32[3]
def sized(x):
    return loops(50000)[-2:], flat(50000, 50000), squares(2000), sums(80000)


def bits(n):
    return 2 ** torch.arange(n), (torch.ones(n).long() * 2 ** torch.arange(n - 1, -1, -1)).sum()


# run powers(x) | x=f32[3]
def powers(x):
    return bits(40), 2 ** torch.arange(36), torch.pow(2, torch.arange(len(x) + 33))


def filled(n):
    return torch.full((2,), n) * n


# run given(x) | x=f32[3]
def given(x):
    stamps = torch.tensor([1600000000, 1700000000])
    return filled(60000), stamps * 1000, stamps.sum(), torch.arange(80000).sum()


def confusion(x, y):
    tp, fp, fn = ((x > 0) & (y > 0)).sum(), ((x > 0) & (y <= 0)).sum(), (x.le(0) & (y > 0)).sum()
    return (tp + fp) * (tp + fn), tp * tp - fp * fn, tp**2, tp * x.numel()


# run counted(x) | x=f32[3]
def counted(x):
    ones = torch.cat([torch.ones(100000), -torch.ones(90000), x])
    pos, neg = (ones > 0).sum(), (ones <= 0).sum()
    return pos * neg, confusion(ones, ones)


def total(x):
    n = torch.tensor(x.shape[0])
    return x.sum(), n


def paired(n):
    return n * (n - 1) * (2 * n + 5)


# run handed(x) | x=f32[2000]
def handed(x):
    return paired(total(x)[1])


# run contracted(x) | x=f32[3] | check=kind
def contracted(x):
    i, j = torch.arange(6).view(2, 3), torch.arange(12).view(3, 4)
    w, square = torch.arange(12).view(4, 3), torch.arange(9).view(3, 3)
    return (
        torch.einsum("ij,jk->ik", i, j),
        torch.einsum("ij,ij", i, i),
        torch.einsum("...j,jk->...k", i, j),
        torch.einsum("ii,i->i", square, square[0]),
        torch.einsum("bi,bj->ij", i, i),
        torch.tensordot(i, j, 1),
        torch.tensordot(i, i, dims=([0, 1], [0, 1])),
        torch.inner(i, i),
        F.linear(i, w),
        F.linear(i, w, torch.arange(4)) * 2,
    )


# What stays as it is: positions, frequencies, offsets of places, masks.
# run stays(x) | x=f32[4,6] | check=kind
def stays(x):
    steps = torch.arange(x.size(1))
    freqs = 1.0 / (10000 ** (torch.arange(0, 6, 2).float() / 6))
    mask = steps[None] < torch.arange(x.size(0))[:, None] + 1
    places = torch.arange(x.size(0))[:, None] * x.size(1) + torch.tensor([[1, 3]])
    return x * mask, torch.outer(steps.float(), freqs), x.flatten()[places], steps[None] + 3, steps * 0.5, (x > 0).sum() * 0.25
