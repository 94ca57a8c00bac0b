"""Functions of `torch` whose keywords are bound before they are called, as `functools.partial(F.relu, inplace=True)` does."""

import mlx.core as mx
import mlx.nn as nn

from .assign_ import assign_
from .reduce_loss import reduce_loss


def relu(input, inplace=False):
    """``F.relu``."""
    return assign_(input, nn.relu(input)) if inplace else nn.relu(input)


def silu(input, inplace=False):
    """``F.silu``."""
    return assign_(input, nn.silu(input)) if inplace else nn.silu(input)


def mse_loss(input, target, *, reduction="mean"):
    """``F.mse_loss``; the mean of float16, whose sum overflows, is taken in float32."""
    return reduce_loss(mx.square(input - target), reduction)


def l1_loss(input, target, *, reduction="mean"):
    """``F.l1_loss``; the mean of float16 is taken in float32."""
    return reduce_loss(mx.abs(input - target), reduction)


def unsqueeze(input, dim):
    """``torch.unsqueeze``."""
    return mx.expand_dims(input, dim)


def mul(input, other):
    """``torch.mul``."""
    return input * other


def roll(input, shifts, dims=None):
    """``torch.roll``."""
    return mx.roll(input, shifts, dims)


def permute(input, dims):
    """``torch.permute``."""
    return mx.transpose(input, dims)


def reshape(input, shape):
    """``torch.reshape``."""
    return mx.reshape(input, shape)
