"""Embeddings of places that are computed from what has a gradient: the places have none."""

import torch
import torch.nn as nn
import torch.nn.functional as F


def filled(rows, size):
    layer = nn.Embedding(rows, size)
    with torch.no_grad():
        layer.weight.copy_(torch.arange(rows * size).float().reshape(rows, size) / 10)
    return layer


class Adaptor(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = filled(6, 3)
        self.fc = nn.Linear(3, 3)
        self.register_buffer("bins", torch.tensor([-1.0, -0.3, 0.0, 0.4, 1.0]))
        with torch.no_grad():
            self.fc.weight.copy_(torch.arange(9).float().reshape(3, 3) / 9 - 0.4)
            self.fc.bias.fill_(0.1)

    def forward(self, x):
        h = self.fc(x)
        pitch = h[:, 0]
        return h + self.table(torch.bucketize(pitch, self.bins))

    def cast(self, x):
        ids = x[:, 0].abs().long().clamp(max=5)
        return self.table(ids) + self.fc(x)

    def named(self, x):
        h = self.fc(x)
        return self.table(h.abs().int().clamp(0, 5)).sum(1) + h

    def typed(self, x):
        rows, rest = x[:, :2].abs().type(torch.LongTensor), x[:, 2:]
        return torch.cat([self.table(rows.clamp(0, 5)).flatten(1), rest], 1)

    def chosen(self, x):
        return self.table(self.fc(x).argmax(-1)) + self.fc(x)


# run adapted(x) | x=f32[4,3] | grad=x
def adapted(x):
    return Adaptor()(x)


# run cast(x) | x=f32[4,3] | grad=x
def cast(x):
    return Adaptor().cast(x)


# run named(x) | x=f32[4,3] | grad=x
def named(x):
    return Adaptor().named(x)


# run typed(x) | x=f32[4,3] | grad=x
def typed(x):
    return Adaptor().typed(x)


# run chosen(x) | x=f32[4,3] | grad=x
def chosen(x):
    return Adaptor().chosen(x)


# run trained(x) | x=f32[4,3]
def trained(x):
    model = Adaptor()
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        h = model.fc(x)
        loss = model(x).pow(2).mean() + model.cast(h).mean() + model.typed(h).mean() + model.named(x).mean() + model.chosen(h).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    return model(x), loss.item(), model.table.weight


# run bagged(x) | x=f32[4,3] | grad=x
def bagged(x):
    bag = nn.EmbeddingBag(6, 3, mode="sum")
    with torch.no_grad():
        bag.weight.copy_(torch.arange(18).float().reshape(6, 3) / 10)
    return bag(x.abs().long().clamp(0, 5)) * x, bag.weight


# run plain(i) | i=i64[4] > 0 < 6
def plain(i):
    table = filled(6, 3)
    return table(i), table(i.reshape(2, 2)), F.embedding(i, table.weight)
