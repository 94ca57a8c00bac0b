"""Functions of `torch` whose keywords are bound before they are called, as `functools.partial(F.relu, inplace=True)` does."""

import mlx.core as mx
import mlx.nn as nn


def relu(input, inplace=False):
    """``F.relu``; MLX gives a new array."""
    return nn.relu(input)


def silu(input, inplace=False):
    """``F.silu``; MLX gives a new array."""
    return nn.silu(input)


def mse_loss(input, target, *, reduction="mean"):
    """``F.mse_loss``."""
    return nn.losses.mse_loss(input, target, reduction=reduction)


def l1_loss(input, target, *, reduction="mean"):
    """``F.l1_loss``."""
    return nn.losses.l1_loss(input, target, reduction=reduction)


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
