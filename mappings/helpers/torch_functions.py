"""Functions of `torch` as values: passed on, kept in tables, wrapped by `partial`. They take PyTorch's arguments, where MLX's take others."""

import mlx.core as mx


def torch_sum(input, dim=None, keepdim=False, *, dtype=None):
    """``torch.sum`` as a value: integers and booleans add up to int64."""
    if dtype is None and not mx.issubdtype(input.dtype, mx.inexact):
        dtype = mx.int64
    return mx.sum(input if dtype is None else input.astype(dtype), axis=dim, keepdims=keepdim)


def torch_mean(input, dim=None, keepdim=False, *, dtype=None):
    """``torch.mean`` as a value."""
    return mx.mean(input if dtype is None else input.astype(dtype), axis=dim, keepdims=keepdim)


def torch_amax(input, dim=(), keepdim=False):
    """``torch.amax`` as a value."""
    return mx.max(input, axis=None if dim == () else dim, keepdims=keepdim)


def torch_amin(input, dim=(), keepdim=False):
    """``torch.amin`` as a value."""
    return mx.min(input, axis=None if dim == () else dim, keepdims=keepdim)


def torch_cat(tensors, dim=0):
    """``torch.cat`` as a value."""
    return mx.concatenate(list(tensors), axis=dim)


def torch_stack(tensors, dim=0):
    """``torch.stack`` as a value."""
    return mx.stack(list(tensors), axis=dim)


def torch_add(input, other, *, alpha=1):
    """``torch.add`` as a value."""
    return input + (other if alpha == 1 else alpha * other)


def torch_sub(input, other, *, alpha=1):
    """``torch.sub`` as a value."""
    return input - (other if alpha == 1 else alpha * other)


def torch_flatten(input, start_dim=0, end_dim=-1):
    """``torch.flatten`` as a value."""
    return mx.flatten(input, start_dim, end_dim)
