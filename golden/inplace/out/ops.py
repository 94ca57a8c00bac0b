"""In-place operations and what else sees them."""
import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat


def methods(x, y):
    out = mx.array(x)
    out[:] = out + y
    out[:] = out * 2 - 1.0        # a chain
    out[:] = mx.clip(out, -2, 2)
    z = compat.assign_(out, out / 4)              # the result is used: the same tensor
    z[:] = -z
    return out, z


def alpha(x, y):
    out = mx.array(x)
    out[:] = out + 0.5 * y
    out[:] = out - 2 * y
    out[:] = out + -1 * x * y
    out[:] = out + 0.1 * x / (y.abs() + 1)
    out[:] = out + 0.25 * (y - out)
    return out


def fills(x):
    a = mx.zeros_like(mx.array(x))
    b = mx.full_like(mx.zeros((2, 3)), 0.5)
    c = mx.zeros_like(x)
    c[:] = x
    c[:] = compat.fill_diagonal(c, 7.)
    d = mx.array(x)
    d[:] = mx.where(d < 0, 0., d)
    return a, b, c, d


def rows(x, idx, v):
    """Assignment to items, slices, with masks and with index tensors."""
    out = mx.array(x)
    out[0] = 1.0
    out[:, 1] = v[:, 0]
    out[..., -1] += 10
    out[1:, ::2] *= 3
    out[idx] = -out[idx]
    compat.setitem(out, out > 5, 5)
    out[2, 3] = out[0, 0] - 1
    return out


def broadcast_assign(h, w):
    grid = mx.zeros((h, w, 2))
    grid[:, :, 0] = mx.arange(w).astype(mx.float32)
    grid[:, :, 1] = mx.arange(h).astype(mx.float32)[:, None]
    grid[..., 0] /= w - 1
    return grid


def aliases(x):
    """Two names, one tensor."""
    a = mx.array(x)
    b = a
    b += 1
    a *= 2
    history = [a]
    a -= 3
    return a, b, history[0]


def rebound(x):
    # no in-place: the old value stays as it is
    a = x
    a = a + 1
    return a, x


def write_through_view(x):
    """Writes to a part: the base sees it."""
    base = mx.array(x)
    base[0] = base[0] * 0
    base[:, 1] = base[:, 1] + 1
    # TODO(torch2mlx): T2M401 this writes through a view of `base`; an MLX view is a copy, so `base` would keep its values
    base.reshape(-1)[-1] = 42.
    row = base[1]
    # TODO(torch2mlx): T2M401 this writes through a view of `base`; an MLX view is a copy, so `base` would keep its values
    row += 100
    return base


def accumulate(idx, v, n):
    """Duplicates in `idx` are all counted."""
    total = mx.zeros((n, v.shape[1]))
    total[:] = compat.index_add(total, 0, idx, v)
    counts = mx.zeros(n)
    counts[:] = compat.scatter_add(counts, 0, idx, mx.ones((len(idx),)))
    onehot = mx.zeros((len(idx), n))
    onehot[:] = compat.scatter(onehot, 1, mx.expand_dims(idx, 1), 1)
    return total, counts, onehot


def normalise_(t):
    """Changes its argument, as the underscore says."""
    t[:] = t - t.mean()
    t[:] = t / (t.std(ddof=1) + 1e-5)


def caller(x):
    x = mx.array(x)
    normalise_(x)
    return x


def running_mean(batches, momentum=0.9):
    mean = mx.zeros_like(batches[0])
    for b in batches:
        mean[:] = mean * momentum + (1 - momentum) * b
    return mean


class Counter(nn.Module):
    def __init__(self, n):
        super().__init__()
        compat.register_buffer(self, "steps", mx.zeros((1,)))
        compat.register_buffer(self, "hist", mx.zeros(n))
        self.scale = mx.ones(n)

    def __call__(self, x):
        if self.training:
            self.steps += 1
            self.hist[:] = self.hist * 0.5 + mx.stop_gradient(x).mean(axis=0) * 0.5
        return x * self.scale - self.hist

    def reset(self):
        self.steps[:] = mx.zeros_like(self.steps)
        self.hist[:] = mx.full_like(self.hist, 0)
        self.scale[:] = mx.full_like(self.scale, 2.)


def ema_update(target, source, decay):
    """Moves the parameters of `target` towards those of `source`."""
    for p_t, p_s in zip(compat.parameters(target), compat.parameters(source)):
        compat.assign_(p_t, p_t * decay + (1 - decay) * p_s)
    return target


def soft_update(target, source, tau):
    for tp, sp in zip(compat.parameters(target), compat.parameters(source)):
        compat.assign_(tp, tau * sp + (1.0 - tau) * tp)
    return target
