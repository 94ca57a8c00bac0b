import math

import mlx.core as mx

from .to_float import is_floating_point
from .with_edge import with_edge


def _grid(dim, index):
    """One index array for each dimension: the given one at `dim`, counters in the others."""
    counters = [mx.arange(n).reshape((n,) + (1,) * (index.ndim - 1 - k)) for k, n in enumerate(index.shape)]
    counters[dim % index.ndim] = mx.stop_gradient(index)
    return tuple(mx.broadcast_to(c, index.shape) for c in counters)


def _source(input, index, src):
    """`src` as values for `index`: a number for all, or an array that may be larger."""
    if not isinstance(src, mx.array) or src.ndim == 0:
        return mx.full(index.shape, src, input.dtype)
    return src[tuple(slice(0, n) for n in index.shape)].astype(input.dtype)


def scatter(input, dim, index, src, reduce=None):
    """``torch.scatter``: `src` (an array or a number) written to `index` along `dim`; with `reduce` "add" or "multiply"."""
    if index.size == 0:
        return with_edge(input, src)
    if input.ndim == 0:
        return scatter(input.reshape(1), 0, index.reshape(-1), src.reshape(-1) if isinstance(src, mx.array) else src, reduce).reshape(())
    at, src = _grid(dim, index), _source(input, index, src)
    if reduce == "add":
        return input.at[at].add(src)
    if reduce == "multiply":
        return input.at[at].multiply(src)
    output = mx.array(input)
    output[at] = src
    return output


def scatter_add(input, dim, index, src):
    """``torch.scatter_add``: every element of `src` is added where `index` says."""
    return scatter(input, dim, index, src, "add")


def _neutral(input, reduce):
    if reduce in ("sum", "mean"):
        return 0
    if reduce == "prod":
        return 1
    if is_floating_point(input):
        return -math.inf if reduce == "amax" else math.inf
    if input.dtype == mx.bool_:
        return reduce == "amin"
    info = mx.iinfo(input.dtype)
    return info.min if reduce == "amax" else info.max


def _shared_extreme(input, counted, at, src, values):
    """`values`, the extremes that are found already; the gradient is shared out among all that are equal to them, as in PyTorch: also the old value does."""

    @mx.custom_function
    def extreme(input, src):
        return mx.stop_gradient(values)

    @extreme.vjp
    def extreme_vjp(primals, cotangent, output):
        own, hits = (primals[0] == values).astype(values.dtype), (primals[1] == values[at]).astype(values.dtype)
        share = cotangent / own.at[at].add(hits)
        return mx.where(counted & (own > 0), share, 0), mx.where(hits > 0, share[at], 0)

    return extreme(input, src)


def _products(input, at, src):
    """What is multiplied into the places `at`, with a gradient, of which MLX has none."""

    def multiplied(input, src):
        return input.at[at].multiply(src)

    products = mx.custom_function(multiplied)

    def without_zeros(value):
        return mx.where(value == 0, mx.ones_like(value), value)

    @products.vjp
    def products_vjp(primals, cotangent, _):
        input, src = primals
        zeros = (input == 0).astype(mx.int32).at[at].add((src == 0).astype(mx.int32))
        rest = cotangent * multiplied(without_zeros(input), without_zeros(src))  # the product of all factors but zeros

        def rate(factor, zeros, rest):
            others = zeros - (factor == 0).astype(mx.int32)
            return mx.where(others > 0, mx.zeros_like(rest), rest / without_zeros(factor))

        return rate(input, zeros, rest), rate(src, zeros[at], rest[at])

    return products(input, src)


def scatter_reduce(input, dim, index, src, reduce, include_self=True):
    """``torch.scatter_reduce``: sum, prod, mean, amax or amin; without `include_self` the old values of the hit places don't count. NaN wins."""
    if index.size == 0:
        return with_edge(input, src)
    if input.ndim == 0:
        return scatter_reduce(input.reshape(1), 0, index.reshape(-1), src.reshape(-1), reduce, include_self).reshape(())
    at, src = _grid(dim, index), _source(input, index, src)
    hits = mx.zeros(input.shape, mx.int32).at[at].add(mx.ones(index.shape, mx.int32))
    old, counted = input, (hits == 0) | mx.array(include_self)
    if not include_self:
        input = mx.where(hits > 0, mx.array(_neutral(input, reduce), input.dtype), input)
    places = input.at[at]
    if reduce == "sum":
        return places.add(src)
    if reduce == "prod":
        return _products(input, at, src) if is_floating_point(input) else places.multiply(src)
    if reduce in ("amax", "amin"):
        extreme = places.maximum(src) if reduce == "amax" else places.minimum(src)
        if not mx.issubdtype(input.dtype, mx.floating):
            return extreme
        lost = mx.isnan(input).astype(mx.int32).at[at].add(mx.isnan(src).astype(mx.int32))  # MLX's own forgets them
        return _shared_extreme(old, counted, at, src, mx.where(lost > 0, mx.array(mx.nan, input.dtype), extreme))
    if reduce != "mean":
        raise ValueError(f"scatter_reduce: reduce is sum, prod, mean, amax or amin, not {reduce!r}")
    total, count = places.add(src), mx.maximum(hits + include_self, 1).astype(input.dtype)
    return total / count if is_floating_point(input) else total // count
