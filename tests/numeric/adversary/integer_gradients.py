"""Integers that are made of floats have no gradient, whatever becomes of them before they meet floats again."""
import torch
import torch.nn as nn
import torch.nn.functional as F


# run reduced_loss(x) | x=f32[4,4] > 0 | grad=x
def reduced_loss(x):
    q = (x * 4).int()
    rows = (x * 4).int().sum(-1, keepdim=True)
    columns = torch.sum((x * 4).long(), 0)
    return x * q.sum() + x * rows + x * columns + x * (x * 4).byte().sum() + x * (x * 4).long().cumsum(-1)


# run joined_loss(x) | x=f32[4,4] > 0 | grad=x
def joined_loss(x):
    q = (x * 4).int()
    both = torch.cat([q, q], -1)[:, :4].to(x.dtype)
    return x * torch.stack([q, q + 1]).sum(0) + x * both + x * torch.where(q > 1, q, 0)


# run rebound_loss(x) | x=f32[4,4] > 0 | grad=x
def rebound_loss(x):
    i = (x * 4).long()
    i = i + 1
    if x.shape[0] > 2:
        i = i * 2
    return x * i.sum(0)


# run shaped_loss(x) | x=f32[4,4] > 0 | grad=x
def shaped_loss(x):
    a, b = (x * 4).long().chunk(2, -1)
    return (x[:, :2] * a * b).sum() + x * (x * 4).char().unsqueeze(0).sum(0) + x * (x * 4).int().abs().clamp(0, 7)


# run chosen_loss(x, y) | x=f32[4,4] > 0 | y=i64[4,4] < 3 | grad=x
def chosen_loss(x, y):
    q = torch.where(x > 1, (x * 4).long(), y)
    placed = torch.zeros(4, 4, dtype=torch.long).scatter_(1, y[:, :1] * 0, (x * 4).long())
    return x * q + x * torch.maximum((x * 4).long(), y) + x * placed


# run like_labels_loss(x, y) | x=f32[4,4] > 0 | y=i64[4,4] < 3 | grad=x
def like_labels_loss(x, y: torch.LongTensor):
    y = y.long()
    return x * (x * 4).type_as(y) + x * (x * 4).to(y) + x * (x * 3).to(y.dtype) + x * (x * 3).type(y.dtype)


# run written_loss(x) | x=f32[4,4] > 0 | grad=x
def written_loss(x):
    i = torch.zeros(x.shape, dtype=torch.long)
    i[:] = x * 4
    j = torch.zeros(x.shape, dtype=torch.long)
    j.copy_(x * 4)
    k = torch.zeros(x.shape, dtype=torch.int32)
    k[:, 1:] = (x * 4)[:, 1:]
    n = torch.zeros_like(x, dtype=torch.int32)
    n += (x * 4).int()
    return x * i.sum() + x * j + x * k + x * n + x * torch.as_tensor(x * 4, dtype=torch.int64)


def pair(x):
    return (x * 4).long(), x


def row(x):
    return (x * 2).int().unsqueeze(0)


# run passed_loss(x) | x=f32[4,4] > 0 | grad=x
def passed_loss(x):
    q, r = pair(x)
    kept = {"q": (x * 4).int()}
    a, b = (x * 4).int(), x * 2
    parts = [(part * 4).int() for part in x]
    listed = [(x * 4).long()]
    either = (x * 4).int() if x.shape[0] > 2 else x
    double = lambda z: (z * 4).long()
    y = r * q + x * kept["q"] + x * a + b + x * torch.stack(parts) + x * listed[0] + x * either + x * row(x) + x * double(x)
    for n in (x * 4).long():
        y = y * n
    return y


# run m = Casts(); m(x) | model=m | x=f32[4,4] > 0 | grad=x,parameters
class Casts(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(4, 4))
        self.register_buffer("labels", torch.arange(16).view(4, 4) % 4)

    def cast(self, h):
        return (h * 4).int()

    @staticmethod
    def stat(h):
        return (h * 4).long()

    def in_dtype(self, h, dtype):
        return h.to(dtype)

    @property
    def whole(self):
        return (self.w * 4).int()

    def forward(self, x):
        h = x * self.w
        self.last = (h * 4).int()
        n = (self.w * 3).round().int()
        like = (h * 4).type_as(self.labels) + (h * 4).to(self.labels.dtype)
        like = like + self.in_dtype(h * 4, torch.long)
        return h * self.cast(h) + h * self.stat(h).sum() + h * self.whole + h * self.last.sum() + h * n.sum() + h * like


# run reduced_choices_loss(x) | x=f32[4,4] | grad=x
def reduced_choices_loss(x):
    none = (x == 0).prod(dim=-1, keepdim=True, dtype=torch.bool)
    y = torch.where(none, 0, x) + x * (x > 0.5).int().max() + x * (x > 0).int().amin(-1, keepdim=True)
    return y + x * (x > 0).byte().cumprod(-1) + x * x.bool().sum() + x * x.long().max()


# run reduced_names_loss(x) | x=f32[4,4] | grad=x
def reduced_names_loss(x):
    m = (x > 0).int()
    q = (x > 0).sum(-1, dtype=torch.uint8)
    return x * m.cumsum(-1).max(-1)[0] + x * q + x * torch.floor(x).int().max()


# What needs no stop keeps its text: places, sizes, numbers, conditions, comparisons and targets.
# run counted_loss(x, y) | x=f32[4,4] > 0 | y=i64[4] < 4 | grad=x
def counted_loss(x, y):
    n = (x * 4).long()
    m = n.max().item()
    if n.max() > 2:
        x = x * m
    hot = F.one_hot(x[:, 0].long(), 99).sum()
    return x.masked_fill(x.bool(), 1) + x * (n > 2) * hot + F.cross_entropy(x, y.long()) + x * torch.bincount(n.view(-1)).numel()


# run masked_floats_loss(x) | x=f32[4,4] | grad=x
def masked_floats_loss(x):
    gated = x * (x > 0)
    return gated.max() + (x * (x > 0).float()).amax(-1).sum() + torch.prod(x * (x > 0) + 1) + x * torch.max(x, (x > 0).float())
