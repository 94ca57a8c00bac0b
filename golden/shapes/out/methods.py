"""Shapes in the spelling of methods."""
import mlx.core as mx
import mlx_compat as compat


def sizes(x):
    b, c = x.shape[0], x.shape[-1]
    assert x.ndim == 3 and x.ndim == len(x.shape)
    return b, c, list(x.shape), x.size, x.shape[1], x.shape[1], x.size, len(x)


def size_arithmetic(x):
    bs, *rest = x.shape
    n = bs * rest[0]
    lead = x.shape[:-1]
    new = lead + (1,)
    return mx.zeros((n,), dtype=x.dtype), mx.ones((*new,), dtype=x.dtype), mx.full(lead, 2.0).astype(x.dtype), x.reshape(x.shape[0], -1).shape[1]


def views(x):
    b, n, d = x.shape
    a = x.reshape(b * n, d)
    c = x.reshape(-1)
    e = x.reshape((b, n // 2, 2, d))
    f = x.reshape(x.shape)
    g = x.reshape(b, -1)
    h = x.reshape([d, -1])
    i = a.reshape(x.shape)
    return a, c, e, f, g, h, i


def axes(x):
    a = x.transpose(2, 0, 1)
    b = x.transpose((0, 2, 1))
    c = x.swapaxes(0, -1)
    d = x[0].T
    e = x[0].T
    f = x.swapaxes(-1, -2)
    g = x.swapaxes(1, 2)
    h = mx.moveaxis(x, 0, -1)
    return a, b, c, d, e, f, g, h


def ones(x):
    a = mx.expand_dims(x, 0)
    b = mx.expand_dims(x, -1)
    c = compat.squeeze(a, 0)
    d = a.squeeze()
    e = compat.squeeze(a, 1)  # not of size one: nothing happens
    f = x[:, None]
    g = x[..., None, :]
    h = mx.expand_dims(compat.squeeze(b, -1), 1)
    return a, b, c, d, e, f, g, h


def copies(x):
    a = compat.expand(x[:1], (3, -1, -1))
    b = mx.broadcast_to(x[:, :1], x.shape)
    c = mx.tile(x, (2, 1, 1))
    d = mx.tile(x, (1, 1, 1, 2))
    e = mx.repeat(x, 2, axis=1)
    f = mx.tile(x[0, 0], (3, 2))
    g = compat.expand(x[:1], (*x.shape[:0], 2, *x.shape[1:]))
    return a, b, c, d, e, f, g


def flat(x):
    return x.flatten(), x.flatten(1), x.flatten(0, 1), x.flatten(-2, -1), mx.unflatten(x, 2, (2, -1)), x.reshape(-1)


def parts(x):
    a, b = compat.chunk(x, 2, dim=-1)
    c = compat.split(x, 1, dim=1)
    d, e = compat.split(x, [1, 3], dim=1)
    f = mx.unstack(x, axis=0)
    g = compat.narrow(x, 1, 1, 2)
    h = compat.select(x, 1, 0)
    return a, b, c, d, e, f, g, h


def windows(x, size):
    """(b, h, w, c) -> (windows, size, size, c) and back"""
    b, h, w, c = x.shape
    out = x.reshape(b, h // size, size, w // size, size, c)
    out = out.transpose(0, 1, 3, 2, 4, 5).reshape(-1, size, size, c)
    back = out.reshape(b, h // size, w // size, size, size, -1)
    back = back.transpose(0, 1, 3, 2, 4, 5).reshape(b, h, w, -1)
    return out, back
