"""In-place operations and what else sees them."""
import torch
import torch.nn as nn


def methods(x, y):
    out = x.clone()
    out.add_(y)
    out.mul_(2).sub_(1.0)        # a chain
    out.clamp_(min=-2, max=2)
    z = out.div_(4)              # the result is used: the same tensor
    z.neg_()
    return out, z


def alpha(x, y):
    out = x.clone()
    out.add_(y, alpha=0.5)
    out.sub_(y, alpha=2)
    out.addcmul_(x, y, value=-1)
    out.addcdiv_(x, y.abs() + 1, value=0.1)
    out.lerp_(y, 0.25)
    return out


def fills(x):
    a = x.clone().zero_()
    b = torch.empty(2, 3).fill_(0.5)
    c = torch.empty_like(x)
    c.copy_(x)
    c.fill_diagonal_(7.)
    d = x.clone()
    d.masked_fill_(d < 0, 0.)
    return a, b, c, d


def rows(x, idx, v):
    """Assignment to items, slices, with masks and with index tensors."""
    out = x.clone()
    out[0] = 1.0
    out[:, 1] = v[:, 0]
    out[..., -1] += 10
    out[1:, ::2] *= 3
    out[idx] = -out[idx]
    out[out > 5] = 5
    out[2, 3] = out[0, 0] - 1
    return out


def broadcast_assign(h, w):
    grid = torch.zeros(h, w, 2)
    grid[:, :, 0] = torch.arange(w).float()
    grid[:, :, 1] = torch.arange(h).float()[:, None]
    grid[..., 0] /= w - 1
    return grid


def aliases(x):
    """Two names, one tensor."""
    a = x.clone()
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
    base = x.clone()
    base[0].mul_(0)
    base[:, 1].add_(1)
    base.view(-1)[-1] = 42.
    row = base[1]
    row += 100
    return base


def accumulate(idx, v, n):
    """Duplicates in `idx` are all counted."""
    total = torch.zeros(n, v.size(1))
    total.index_add_(0, idx, v)
    counts = torch.zeros(n)
    counts.scatter_add_(0, idx, torch.ones(len(idx)))
    onehot = torch.zeros(len(idx), n)
    onehot.scatter_(1, idx.unsqueeze(1), 1)
    return total, counts, onehot


def normalise_(t):
    """Changes its argument, as the underscore says."""
    t.sub_(t.mean()).div_(t.std() + 1e-5)


def caller(x):
    x = x.clone()
    normalise_(x)
    return x


def running_mean(batches, momentum=0.9):
    mean = torch.zeros_like(batches[0])
    for b in batches:
        mean.mul_(momentum).add_(b, alpha=1 - momentum)
    return mean


class Counter(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.register_buffer("steps", torch.zeros(1))
        self.register_buffer("hist", torch.zeros(n))
        self.scale = nn.Parameter(torch.ones(n))

    def forward(self, x):
        if self.training:
            self.steps += 1
            self.hist.mul_(0.5).add_(x.detach().mean(0) * 0.5)
        return x * self.scale - self.hist

    @torch.no_grad()
    def reset(self):
        self.steps.zero_()
        self.hist.fill_(0)
        self.scale.data.fill_(2.)


@torch.no_grad()
def ema_update(target, source, decay):
    """Moves the parameters of `target` towards those of `source`."""
    for p_t, p_s in zip(target.parameters(), source.parameters()):
        p_t.mul_(decay).add_(p_s, alpha=1 - decay)
    return target


def soft_update(target, source, tau):
    for tp, sp in zip(target.parameters(), source.parameters()):
        tp.data.copy_(tau * sp.data + (1.0 - tau) * tp.data)
    return target
