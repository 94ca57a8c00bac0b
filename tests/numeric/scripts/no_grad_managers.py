# script model=net | tol=1e-4
# What runs within context managers and decorators of the project that switch gradients off is a constant for the loss.
import contextlib
import functools
from contextlib import contextmanager
import torch
import torch.nn as nn
net = nn.Linear(3, 3)
x0 = torch.linspace(-1, 2, 12).view(4, 3)

@contextmanager
def frozen(m):
    with torch.no_grad():
        yield m

@contextlib.contextmanager
def off():
    old = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    yield
    torch.set_grad_enabled(old)

class Off:
    def __enter__(self):
        self.prev = torch.is_grad_enabled()
        torch.set_grad_enabled(False)
    def __exit__(self, *args):
        torch.set_grad_enabled(self.prev)

def deco(f):
    @functools.wraps(f)
    def inner(*a):
        with torch.no_grad():
            out = f(*a)
        return out
    return inner

def deco2(f):
    def inner(*a, **k):
        with torch.no_grad():
            return f(*a, **k)
    return inner

@deco
def t1(y): return y * 2
@deco2
def t2(y): return y * 3

@off()
def decorated(y): return y * 2
def dec_loss(y): return (decorated(y) * y).sum()


def step(x):
    y = net(x)
    with frozen(net) as m:
        t = m(x)
    with off():
        u = y * 2
    with Off():
        v = y * 3
    return (y * t * u * v * t1(y) * t2(y)).mean() + dec_loss(y) / 9

opt = torch.optim.SGD(net.parameters(), lr=.01)
losses = []
for i in range(3):
    opt.zero_grad()
    loss = step(x0)
    loss.backward()
    opt.step()
    losses.append(loss.item())
losses, net
