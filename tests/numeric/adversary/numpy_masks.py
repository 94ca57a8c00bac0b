"""Truths that NumPy holds, as indices; sizes and bounds that tensors hold."""

import numpy as np
import torch


# run columns(x), rows(x) | x=f32[4,4]
def columns(x):
    m = torch.from_numpy(np.array([True, False, True, False]))
    return x[:, m], x[m], x[:, torch.as_tensor(np.array([3, 1]))]


def rows(x: torch.Tensor):
    keep = x.numpy()[0] > 0
    return x[:, torch.from_numpy(keep)].sum(), x[:, keep].sum(), x[..., torch.tensor(keep)], x[keep], x[~keep]


# run written(x) | x=f32[4,4]
def written(x):
    x = x.clone()
    m = torch.from_numpy(np.array([True, False, True, False]))
    x[:, m] = 0
    x[m, 1] += 2
    return x


# run plain(np.arange(6.0))
def plain(a):
    chosen = a > 2
    return a[chosen], a[~chosen].sum(), a[torch.from_numpy(np.array([0, 2])).numpy()]


# run padded()
def padded():
    lengths, ids = torch.sort(torch.LongTensor([3, 4]), dim=0, descending=True)
    most = lengths[0]
    text = torch.LongTensor(2, most)
    text.zero_()
    for i in range(len(ids)):
        text[i, : lengths[i]] = 1
    gate = torch.FloatTensor(2, most)
    gate.zero_()
    for i, n in enumerate([3, 4]):
        gate[i, n - 1 :] = 1
    return text, gate


# run pieces(t), pieces_of(t, n) | t=f32[6,2] | n=np.array([4, 2])
def pieces(t):
    sizes = torch.tensor([4, 2])
    begin, found = 0, []
    for n in sizes:
        found.append(t[begin : begin + n].mean(0))
        begin += n
    return torch.stack(found)


def pieces_of(t, length):
    found, index = [], 0
    for i in range(length.numel()):
        n = length[i]
        found.append(t[index : index + n].sum(0))
        index += n
    return torch.stack(found)
