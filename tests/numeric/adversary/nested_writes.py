"""Writes to items of an item by masks and positions: `x[0][mask] = y`."""

import torch
import torch.nn as nn


# run kept(x) | x=f32[3,4]
def kept(x):
    z = torch.zeros(3, 4)
    for i in range(3):
        z[i][x[i] > 0] = 1
    z[-1][torch.tensor([0, 2])] = x[0, :2]
    return z


# run shifted(x, m) | x=f32[4,3] | m=bool[3,3]
def shifted(x, m):
    logits = x * 2
    logits[1:][m] = float("-inf")
    return logits


# run boxed(x, m) | x=f32[5,6] | m=bool[2,3]
def boxed(x, m):
    mask = torch.zeros(5, 6, dtype=torch.long)
    mask[1:3, 2:5][m] = 7
    mask[1:3, 2:5][m] -= 2
    return mask + (x > 0)


# run counted(i) | i=i64[4] < 3
def counted(i):
    ids = torch.zeros(2, 3, dtype=torch.long) - 1
    for row in range(2):
        places = torch.nonzero(ids[row] < 0).squeeze(-1)
        ids[row][places] -= row
        ids[row][places] *= -1
    return ids, i


# run stopped(x) | x=f32[3,4] | grad=x
def stopped(x):
    y = x * 2
    y[0][y[0] > 0] = 0.5
    y[1][x[1] < 0] *= 3
    return y * x


# run m = Banned(); m(x) | model=m | x=f32[2,4] | grad=x,parameters
class Banned(nn.Module):
    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(4, 4)
        self.register_buffer("seen", torch.zeros(2, 4))

    def forward(self, x):
        scores = self.proj(x)
        scores[0][scores[0] > 1] = -1.0
        self.seen[1][torch.tensor([1, 3])] += 1
        return scores + self.seen


# run through_a_view(x) | x=f32[3,4] | todo
def through_a_view(x):
    rows = x[1:]
    rows[0][rows[0] > 0] = 1
    return x


# run of_a_list(x) | x=f32[3,4]
def of_a_list(x):
    rows = [x[0] * 1, x[1] * 1]
    rows[0][rows[0] > 0] = 1
    return rows


# run of_a_mask(x) | x=f32[3,4]
def of_a_mask(x):
    y = x.clone()
    y[y[:, 0] > 0][0] = 5
    return y


# run of_unknown(y) | y=f32[3,4]
def of_unknown(y):
    y[0][1:] = 0
    y[1][y[1] > 0] *= 3
    y[2][..., 0] = 5
    return y


# run of_product(y) | y=f32[3,4]
def of_product(y):
    z = y * 2
    z[0][1] = 0
    z[1][:2] += 1
    return z, z.sum()


# run of_several(y) | y=f32[3,4]
def of_several(y):
    rows, named = [y * 1, y * 2], {"a": y * 3, 4: y * 4}
    filled(rows, 0), filled(rows, 1), filled(named, "a"), filled(named, 4)
    return rows, named, filled(y * 5, 2)


def filled(rows, at):
    rows[at][..., 0] = 0
    rows[at][rows[at] > 1] = 1
    return rows[at]


# run of_numbers()
def of_numbers():
    n = 3
    table = [[0] * n for _ in range(n)]
    counts = {}
    for i in range(n):
        for j in range(n):
            table[i][j] = i * j
            counts.setdefault(i, {})[j] = 1
            counts[i][j] += 1
    return table, counts
