"""Shapes in the spelling of methods."""
import torch


def sizes(x):
    b, c = x.size(0), x.size(-1)
    assert x.dim() == 3 and x.ndim == len(x.shape)
    return b, c, list(x.size()), x.numel(), x.shape[1], x.size(dim=1), x.nelement(), len(x)


def size_arithmetic(x):
    bs, *rest = x.size()
    n = bs * rest[0]
    lead = x.size()[:-1]
    new = lead + (1,)
    return x.new_zeros(n), x.new_ones(*new), x.new_full(lead, 2.0), x.view(x.size(0), -1).size()[1]


def views(x):
    b, n, d = x.shape
    a = x.view(b * n, d)
    c = x.view(-1)
    e = x.view((b, n // 2, 2, d))
    f = x.view(x.size())
    g = x.reshape(b, -1)
    h = x.reshape([d, -1])
    i = a.view_as(x)
    return a, c, e, f, g, h, i


def axes(x):
    a = x.permute(2, 0, 1)
    b = x.permute((0, 2, 1))
    c = x.transpose(0, -1)
    d = x[0].t()
    e = x[0].T
    f = x.mT
    g = x.swapaxes(1, 2)
    h = x.movedim(0, -1)
    return a, b, c, d, e, f, g, h


def ones(x):
    a = x.unsqueeze(0)
    b = x.unsqueeze(-1)
    c = a.squeeze(0)
    d = a.squeeze()
    e = a.squeeze(1)  # not of size one: nothing happens
    f = x[:, None]
    g = x[..., None, :]
    h = b.squeeze(-1).unsqueeze(dim=1)
    return a, b, c, d, e, f, g, h


def copies(x):
    a = x[:1].expand(3, -1, -1)
    b = x[:, :1].expand_as(x)
    c = x.repeat(2, 1, 1)
    d = x.repeat(1, 1, 1, 2)
    e = x.repeat_interleave(2, dim=1)
    f = x[0, 0].repeat(3, 2)
    g = x[:1].expand(*x.size()[:0], 2, *x.size()[1:])
    return a, b, c, d, e, f, g


def flat(x):
    return x.flatten(), x.flatten(1), x.flatten(0, 1), x.flatten(start_dim=-2, end_dim=-1), x.unflatten(2, (2, -1)), x.ravel()


def parts(x):
    a, b = x.chunk(2, dim=-1)
    c = x.split(1, dim=1)
    d, e = x.split([1, 3], dim=1)
    f = x.unbind(0)
    g = x.narrow(1, 1, 2)
    h = x.select(1, 0)
    return a, b, c, d, e, f, g, h


def windows(x, size):
    """(b, h, w, c) -> (windows, size, size, c) and back"""
    b, h, w, c = x.shape
    out = x.view(b, h // size, size, w // size, size, c)
    out = out.permute(0, 1, 3, 2, 4, 5).contiguous().view(-1, size, size, c)
    back = out.view(b, h // size, w // size, size, size, -1)
    back = back.permute(0, 1, 3, 2, 4, 5).reshape(b, h, w, -1)
    return out, back
