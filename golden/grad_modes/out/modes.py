"""Code about gradients that is not a training step."""
from contextlib import contextmanager

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import contextlib
import mlx_compat as compat


class Teacher(nn.Module):
    """Student and teacher; the teacher gets no gradient."""

    def __init__(self, dim):
        super().__init__()
        self.student = nn.Linear(dim, dim)
        self.teacher = nn.Linear(dim, dim)
        self.teacher.freeze()

    def __call__(self, x):
        target = mx.stop_gradient(mx.softmax(self.teacher(x), axis=-1, precise=True))
        logp = nn.log_softmax(self.student(x), axis=-1)
        return -(target * logp).sum(axis=-1).mean()


class StraightThrough(nn.Module):
    """Rounds, and lets gradients pass."""

    def __init__(self, dim):
        super().__init__()
        self.fc = nn.Linear(dim, dim)

    def __call__(self, x):
        y = self.fc(x)
        hard = mx.round(y)
        return y + mx.stop_gradient(hard - y)


class Quantizer(nn.Module):
    """Nearest entry of a code book."""

    def __init__(self, n, dim, beta=0.25):
        super().__init__()
        self.embed = compat.Embedding(n, dim)
        self.embed.weight[:] = mx.random.uniform(-1.0 / n, 1.0 / n, self.embed.weight.shape, self.embed.weight.dtype)
        self.beta = beta

    def __call__(self, z):
        flat = z.reshape(-1, z.shape[-1])
        d = mx.sum(flat ** 2, axis=1, keepdims=True) + mx.sum(self.embed.weight ** 2, axis=1) \
            - 2 * (flat @ self.embed.weight.T)
        idx = mx.stop_gradient(mx.argmin(d, axis=1).astype(mx.int64))
        z_q = self.embed(idx).reshape(z.shape)
        loss = mx.mean((mx.stop_gradient(z_q) - z) ** 2) + self.beta * mx.mean((z_q - mx.stop_gradient(z)) ** 2)
        z_q = z + mx.stop_gradient(z_q - z)
        return z_q, loss, idx


class Momentum(nn.Module):
    def __init__(self, base, m=0.99):
        super().__init__()
        self.base = base
        self.m = m
        compat.register_buffer(self, "avg", mx.zeros((3,)))

    def _update(self, x):
        self.avg = mx.stop_gradient(self.avg * self.m + x.mean(axis=0) * (1 - self.m))

    def __call__(self, x):
        y = self.base(x)
        self._update(y)
        return y - self.avg


def infer(model, x):
    was_training = model.training
    model.eval()
    out = model(x)
    model.train(was_training)
    return out


def bare_decorator(x):
    return compat.stop_gradient(x * 2)


def context_forms(x, train=False):
    a = compat.stop_gradient(x + 1)
    b = a * 2
    c = b.sum()
    no_grad = contextlib.nullcontext()
    with no_grad:
        d = c - 1
    d = d + 0
    return a, b, c, d


@contextmanager
def evaluating(net):
    """Evaluation mode for a while."""
    is_train = net.training
    try:
        net.eval()
        yield net
    finally:
        if is_train:
            net.train()


class Noisy(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.drop = nn.Dropout(p)
        self.bn = compat.BatchNorm1d(3)

    def __call__(self, x):
        x = self.bn(x) if self.training else x
        return compat.dropout(self.drop(x), p=0.3, training=self.training)


def detached(x):
    y = mx.array(mx.stop_gradient(x))
    z = mx.stop_gradient(mx.array(x))
    w = mx.stop_gradient(x)
    return y, mx.stop_gradient(z), w, np.array(x)


def freeze_all_but(model, name):
    for n, p in compat.named_parameters(model):
        compat.set_requires_grad(model, p, n.startswith(name))
    return model
