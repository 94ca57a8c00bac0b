"""Places that are computed from what has a gradient: selected by casts, by the largest, moved, under a name."""

import torch
from torch import nn

def pick_loss(x):
    return x.gather(1, x.argmax(1, keepdim=True)).sum()

def hist_loss(x):
    i = (x * 2).long().clamp(0, 2)
    w = torch.zeros(3).scatter_add(0, i[0], x[0])
    return (w * w).sum() + torch.gather(x, 1, i).sum() + x[:, i[0]].sum()

def interp_loss(x, table):
    low = torch.floor(x.clamp(0, 2)).long()
    high = (low + 1).clamp(max=3)
    w = x.clamp(0, 2) - low
    return (table[low] * (1 - w) + table[high] * w).sum() + table.index_select(0, low[0]).sum() + torch.take_along_dim(x, x.argsort(1), 1)[:, 0].sum()
# run pick_loss(x) | x=f32[2,3] | grad=x
# run hist_loss(x) | x=f32[2,3] | grad=x
# run interp_loss(x, t) | x=f32[2,3] | t=f32[4] | grad=x,t
