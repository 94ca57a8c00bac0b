import math

import mlx.core as mx


def _between(position, interpolation):
    """The rank to read, which is fractional for "linear"; "midpoint" is dealt with by its caller."""
    rounding = {"lower": mx.floor, "higher": mx.ceil, "nearest": mx.round}
    return rounding[interpolation](position) if interpolation in rounding else position


def quantile(input, q, dim=None, keepdim=False, interpolation="linear", ignore_nan=False):
    """``torch.quantile``: a NaN spoils its row, unless `ignore_nan`. Several `q` give a new first dimension."""
    if interpolation not in ("linear", "lower", "higher", "nearest", "midpoint"):
        raise ValueError(f"quantile: unknown interpolation {interpolation!r}")
    q = q if isinstance(q, mx.array) else mx.array(q, input.dtype)
    rows = input.reshape(-1) if dim is None else mx.moveaxis(input, dim, -1) if input.ndim else input.reshape(1)
    ranked = mx.take_along_axis(rows, mx.argsort(mx.stop_gradient(rows), axis=-1), axis=-1)
    nan = mx.isnan(mx.stop_gradient(rows))
    count = mx.sum(mx.logical_not(nan), axis=-1, keepdims=True) if ignore_nan else mx.array(rows.shape[-1])
    last = mx.maximum(count - 1, 0)
    with mx.stream(mx.cpu):  # ranks have float64, which MLX has there alone
        position = _between(q.reshape(-1).astype(mx.float64) * last, interpolation)
        low = mx.stop_gradient(mx.floor(position))
        high = mx.minimum(mx.stop_gradient(mx.ceil(position)).astype(mx.int32), last)
        fraction = mx.full(position.shape, 0.5, input.dtype) if interpolation == "midpoint" else (position - low).astype(input.dtype)
        low = low.astype(mx.int32)
    below, above = (
        mx.take_along_axis(ranked, mx.broadcast_to(rank, rows.shape[:-1] + rank.shape[-1:]), axis=-1) for rank in (low, high)
    )
    output = mx.where(low == high, below, below + fraction * (above - below))
    spoiled = count == 0 if ignore_nan else mx.any(nan, axis=-1, keepdims=True)
    output = mx.moveaxis(mx.where(spoiled, math.nan, output).astype(input.dtype), -1, 0)
    if keepdim:
        whole = dim is None or input.ndim == 0
        output = output.reshape((-1,) + (1,) * input.ndim) if whole else mx.expand_dims(output, dim % input.ndim + 1)
    return output if q.ndim else output[0]


def nanquantile(input, q, dim=None, keepdim=False, interpolation="linear"):
    """``torch.nanquantile``: `quantile` of what is not NaN; NaN where nothing is left."""
    return quantile(input, q, dim, keepdim, interpolation, True)


def nanmean(input, dim=None, keepdim=False):
    """``torch.nanmean``: the mean of what is not NaN."""
    dim = None if dim is not None and not isinstance(dim, int) and len(dim) == 0 else dim
    kept = mx.logical_not(mx.isnan(input))
    total = mx.sum(mx.where(kept, input, 0), axis=dim, keepdims=keepdim)
    return total / mx.sum(kept.astype(input.dtype), axis=dim, keepdims=keepdim)
