"""Writes through `narrow` and `select`, which an index says as well."""
import torch
from torch import Tensor, nn


# run filled(x) | x=f32[3,4] | grad=x
def filled(x: Tensor):
    out = torch.zeros(3, 6)
    for i in range(4):
        out.narrow(1, i, 1).copy_(x.narrow(1, i, 1))
    out.select(1, 5).fill_(1.0)
    out.select(0, -1).add_(x[0, 0])
    return out


# run added(x) | x=f32[2,3,4]
def added(x: Tensor):
    for i, row in enumerate(x.clone().unbind(1)):
        x.narrow(1, i, 1).add_(row.unsqueeze(1), alpha=2)
    x.narrow(2, 0, 2).mul_(x.select(2, 3).unsqueeze(2))
    return x


class Ring(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("rows", torch.zeros(4, 3))

    def forward(self, x):
        self.rows.narrow(0, 1, 2).copy_(x)
        return self.rows * 2


# run m = Ring(); m(x), m.rows | x=f32[2,3] | model=m


# run from_end(x, -2) | x=f32[3,4] | todo
def from_end(x: Tensor, start: int):
    x.narrow(1, start, 1).zero_()
    return x


# run still_viewed(x) | x=f32[3,4] | todo
def still_viewed(x: Tensor):
    row = x[0]
    x.select(1, 1).zero_()
    return row


# run of_row(x) | x=f32[3,4] | todo
def of_row(x: Tensor):
    row = x[0]
    row.narrow(0, 1, 2).zero_()
    return x
