"""The same in the spelling of functions, imported in the ways that people do."""
import mlx.core as mx
import mlx_compat as compat


def join(x, y):
    a = mx.concatenate([x, y], axis=1)
    b = mx.concatenate((x, y), axis=-1)
    c = mx.concatenate([x] * 3)
    d = mx.stack([x, y])
    e = mx.stack((x, y), axis=-1)
    f = compat.hstack([x, y])
    g = mx.concatenate([mx.atleast_2d(t) for t in [x, y]])
    h = mx.concatenate([y, x], axis=2)
    return a, b, c, d, e, f, g, h


def rearranged(x):
    a = x.swapaxes(1, 2)
    b = mx.transpose(x, (2, 1, 0))
    c = mx.reshape(x, (x.shape[0], -1))
    d = mx.flatten(x, 1)
    e = mx.flatten(x, 0, 1)
    f = mx.expand_dims(x, 1)
    g = compat.squeeze(f, dim=1)
    h = mx.moveaxis(x, 0, 2)
    i = mx.flip(x, [1])
    j = mx.roll(x, (1, -1), (1, 2))
    return a, b, c, d, e, f, g, h, i, j


def divided(x):
    a, b = compat.chunk(x, 2, dim=2)
    c = compat.split(x, 3, dim=1)
    d = mx.unstack(x, axis=2)[0]
    e = compat.split(x, split_size_or_sections=[1, 3], dim=1)[1]
    return a, b, c, d, e


def grown(x):
    a = mx.tile(x, (1, 2, 1))
    b = mx.repeat(x, 2, axis=0)
    c = compat.expand(x[:, :1], x.shape)
    d = compat.pad(x, (1, 2))
    e = compat.pad(x, (0, 0, 1, 1), value=-1.0)
    f = compat.pad(x, pad=(1, 1), mode="reflect")
    return a, b, c, d, e, f


def grids(n):
    yy, xx = mx.meshgrid(mx.arange(n), mx.arange(n + 1), indexing="ij")
    mask = mx.tril(mx.ones((n, n))).astype(mx.bool_)
    upper = mx.triu(mx.full((n, n), float("-inf")), 1)
    eye = mx.eye(n)
    line = mx.linspace(-1, 1, n)
    return yy, xx, mask, mx.where(upper < 0, mx.zeros(()), mx.ones(())), eye, line, mx.diag(line), mx.arange(1, n, 2)


def gathered(x, idx):
    a = compat.gather(x, 2, idx)
    b = mx.take(x, mx.array([2, 0]), axis=1)
    c = compat.squeeze(compat.gather(x, -1, idx[:, :, :1]), -1)
    d = mx.take_along_axis(x, idx, axis=2)
    e = x[mx.arange(x.shape[0]), mx.array([1, 2])]
    return a, b, c, d, e


def reduced(x):
    a = mx.sum(x, axis=(1, 2))
    b = x.mean(axis=-1, keepdims=True)
    values, indices = (mx.max(x, axis=1), mx.argmax(x, axis=1).astype(mx.int64))
    c = mx.max(x)
    d = x.min(axis=-1)
    e = x.max(axis=2)
    f = mx.var(x, axis=0)
    g = x.std(axis=1, ddof=1)
    h = mx.argmax(x, axis=-1).astype(mx.int64)
    i = compat.vector_norm(x, dim=-1)
    top, where = compat.topk(x, 2, dim=-1)
    s = compat.sort(x, dim=1, descending=True)[0]
    j = mx.logsumexp(x, axis=(0, 1))
    return a, b, values, indices, c, d, e, f, g, h, i, top, where, s, j
