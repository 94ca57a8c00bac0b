import itertools

import mlx.core as mx


def combinations(input, r=2, with_replacement=False):
    """``torch.combinations``: each choice of `r` elements of a vector, as rows."""
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    chosen = list(choose(range(input.shape[0]), r))
    return input[mx.array(chosen)] if chosen and r else mx.zeros((0, r) if r else (0,), input.dtype)


def cartesian_prod(*tensors):
    """``torch.cartesian_prod``: each choice of one element from each vector, as rows."""
    if len(tensors) == 1:
        return tensors[0]
    return mx.stack([grid.reshape(-1) for grid in mx.meshgrid(*tensors, indexing="ij")], axis=-1)


def vander(x, N=None, increasing=False):
    """``torch.vander``: the powers of a vector in columns, the highest first; those of integers are int64."""
    x = x if mx.issubdtype(x.dtype, mx.inexact) else x.astype(mx.int64)
    x = x[None] if x.ndim == 0 else x
    count = x.shape[-1] if N is None else N
    columns = list(itertools.accumulate(range(count), lambda power, _: power * x, initial=mx.ones_like(x)))[:count]
    return mx.stack(columns if increasing else columns[::-1], axis=-1)
