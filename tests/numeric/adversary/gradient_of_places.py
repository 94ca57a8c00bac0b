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


class Speller(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(6, 4)
        self.cell = nn.GRUCell(4, 4)
        self.out = nn.Linear(4, 6)

    def step(self, letter, hidden):
        hidden = self.cell(self.embedding(letter), hidden)
        return self.out(hidden), hidden

    def forward(self, hidden, taught):
        letter, outs = torch.zeros(len(hidden), dtype=torch.long), []
        for t in range(4):
            out, hidden = self.step(letter, hidden)
            outs.append(out)
            best = out.argmax(1)
            letter = taught[t] if t % 2 else best
        return torch.stack(outs)


def spell_greedily(speller, hidden, n):
    letter, total = torch.zeros(len(hidden), dtype=torch.long), 0
    for _ in range(n):
        out, hidden = speller.step(letter, hidden)
        total = total + out.square().sum()
        letter = out.max(1)[1]
    return total


# run Speller()(h, t) | h=f32[2,4] | t=i64[4,2] < 6 | grad=h,parameters
# run GreedyLoss()(h) | h=f32[2,4] | grad=h,parameters
class GreedyLoss(nn.Module):
    def __init__(self):
        super().__init__()
        self.speller = Speller()

    def forward(self, h):
        return spell_greedily(self.speller, h, 3)


# run places_of(x, m) | x=f32[3,2] | m=bool[3]
def places_of(x, m):
    return torch.nonzero(m, as_tuple=False).view(-1), m.nonzero(as_tuple=True)[0], (x > 0).nonzero(as_tuple=False).squeeze(1)


# run named_places_loss(x) | x=f32[2,3] | grad=x
# run named_parts_loss(x) | x=f32[2,3] | grad=x
def named_places_loss(x):
    total = x.gather(1, (best := x.argmax(1, keepdim=True))).sum()
    return total + (x * 2).gather(1, best).sum()

def named_parts_loss(x):
    if (whole := x.long()).sum() > 100:
        return x.sum()
    return (100 * (x - whole) ** 2).sum()


class Kept:
    pass


# run kept_loss(x) | x=np.array([0.2, 1.3, 2.0]) | grad=x
def kept_loss(x):
    kept, batch = Kept(), {}
    kept.whole = x.long()
    batch["near"] = (x * 2).long()
    kept.at = (x * 0.9).long()
    return x * kept.whole, batch["near"] * x, x[kept.at], (x + kept.whole.float()).sum()


# run model = Counted(); model(x) | x=np.array([[0.2, 1.3], [2.6, 0.4]]) | grad=x
class Counted(nn.Module):
    def count(self, x):
        self.counts = x.int()
        return x

    def forward(self, x):
        return self.count(x) * self.counts
