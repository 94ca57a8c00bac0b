"""The same in the spelling of functions, imported in the ways that people do."""
import torch
from torch import cat, stack as tstack
import torch.nn.functional as F


def join(x, y):
    a = torch.cat([x, y], dim=1)
    b = torch.cat((x, y), -1)
    c = cat([x] * 3)
    d = torch.stack([x, y])
    e = tstack((x, y), dim=-1)
    f = torch.hstack([x, y])
    g = torch.vstack([x, y])
    h = torch.concat(tensors=[y, x], axis=2)
    return a, b, c, d, e, f, g, h


def rearranged(x):
    a = torch.transpose(x, 1, 2)
    b = torch.permute(x, (2, 1, 0))
    c = torch.reshape(x, (x.shape[0], -1))
    d = torch.flatten(x, 1)
    e = torch.flatten(x, start_dim=0, end_dim=1)
    f = torch.unsqueeze(x, 1)
    g = torch.squeeze(f, dim=1)
    h = torch.movedim(x, 0, 2)
    i = torch.flip(x, dims=[1])
    j = torch.roll(x, shifts=(1, -1), dims=(1, 2))
    return a, b, c, d, e, f, g, h, i, j


def divided(x):
    a, b = torch.chunk(x, 2, dim=2)
    c = torch.split(x, 3, dim=1)
    d = torch.unbind(x, dim=2)[0]
    e = torch.split(x, split_size_or_sections=[1, 3], dim=1)[1]
    return a, b, c, d, e


def grown(x):
    a = torch.tile(x, (1, 2, 1))
    b = torch.repeat_interleave(x, 2, dim=0)
    c = torch.broadcast_to(x[:, :1], x.shape)
    d = F.pad(x, (1, 2))
    e = F.pad(x, (0, 0, 1, 1), value=-1.0)
    f = F.pad(x, pad=(1, 1), mode="reflect")
    return a, b, c, d, e, f


def grids(n):
    yy, xx = torch.meshgrid(torch.arange(n), torch.arange(n + 1), indexing="ij")
    mask = torch.tril(torch.ones(n, n)).bool()
    upper = torch.triu(torch.full((n, n), float("-inf")), diagonal=1)
    eye = torch.eye(n)
    line = torch.linspace(-1, 1, steps=n)
    return yy, xx, mask, torch.where(upper < 0, torch.zeros(()), torch.ones(())), eye, line, torch.diag(line), torch.arange(1, n, 2)


def gathered(x, idx):
    a = torch.gather(x, 2, idx)
    b = torch.index_select(x, 1, torch.tensor([2, 0]))
    c = x.gather(dim=-1, index=idx[:, :, :1]).squeeze(-1)
    d = torch.take_along_dim(x, idx, dim=2)
    e = x[torch.arange(x.size(0)), torch.tensor([1, 2])]
    return a, b, c, d, e


def reduced(x):
    a = torch.sum(x, dim=(1, 2))
    b = x.mean(dim=-1, keepdim=True)
    values, indices = torch.max(x, dim=1)
    c = torch.max(x)
    d = x.min(-1)[0]
    e = x.max(dim=2).values
    f = torch.var(x, dim=0, unbiased=False)
    g = x.std(1)
    h = torch.argmax(x, -1)
    i = torch.norm(x, dim=-1)
    top, where = x.topk(2, dim=-1)
    s = torch.sort(x, dim=1, descending=True)[0]
    j = torch.logsumexp(x, dim=(0, 1))
    return a, b, values, indices, c, d, e, f, g, h, i, top, where, s, j
