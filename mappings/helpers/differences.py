import mlx.core as mx

from .axis_slice import axis_slice
from .to_float import to_float


def diff(input, n=1, dim=-1, prepend=None, append=None):
    """``torch.diff``: the n-th differences along `dim`, after what is prepended and appended."""
    if n == 0:
        return input
    parts = [part for part in (prepend, input, append) if part is not None]
    return mx.diff(mx.concatenate(parts, axis=dim) if len(parts) > 1 else input, n=n, axis=dim)


def _areas(y, x, dx, dim):
    """The trapezoids between neighbours."""
    if x is not None:
        shape = [1] * y.ndim
        shape[dim] = -1
        x = x.reshape(shape) if x.ndim == 1 else mx.expand_dims(x, tuple(range(y.ndim - x.ndim)))
        dx = mx.diff(x, axis=dim)
    return dx * (axis_slice(y, dim, 1, None) + axis_slice(y, dim, None, -1)) / 2


def trapezoid(y, x=None, dx=1, dim=-1):
    """``torch.trapezoid``: the integral over `dim`, at places `x` or with steps of `dx`."""
    return mx.sum(_areas(y, x, dx, dim), axis=dim)


def cumulative_trapezoid(y, x=None, dx=1, dim=-1):
    """``torch.cumulative_trapezoid``: the running integral over `dim`."""
    return mx.cumsum(_areas(y, x, dx, dim), axis=dim)


def _slopes(values, dim, order, spacing, is_uneven):
    """The derivative along one axis, whose neighbours are `spacing` apart: parabolas inside, lines or parabolas at the ends."""
    before, after = axis_slice(spacing, dim, None, -1), axis_slice(spacing, dim, 1, None)
    left, middle, right = (axis_slice(values, dim, start, stop) for start, stop in ((None, -2), (1, -1), (2, None)))
    both = before + after
    inside = (before / after * (right - middle) + after / before * (middle - left)) / both if is_uneven else (right - left) / both
    steps = mx.diff(values, axis=dim) / spacing
    first, last = axis_slice(steps, dim, 0, 1), axis_slice(steps, dim, -1, None)
    if order == 2:
        bend = (axis_slice(steps, dim, 1, None) - axis_slice(steps, dim, None, -1)) / both
        first = first - axis_slice(bend * before, dim, 0, 1)
        last = last + axis_slice(bend * after, dim, -1, None)
    return mx.concatenate([first, inside, last], axis=dim)


def gradient(input, spacing=1, dim=None, edge_order=1):
    """``torch.gradient``: central differences inside, one-sided ones at the ends. `spacing` is a step, or the coordinates. One array for each dimension."""
    dims = range(input.ndim) if dim is None else (dim,) if isinstance(dim, int) else dim
    output = []
    for k, d in enumerate(dims):
        step = spacing[k] if isinstance(spacing, (list, tuple)) else spacing
        shape = [1] * input.ndim
        shape[d] = -1
        is_place = isinstance(step, mx.array) and step.ndim > 0
        steps = to_float(mx.diff(step)) if is_place else mx.full((input.shape[d] - 1,), step, to_float(input).dtype)
        output.append(_slopes(input, d, edge_order, steps.reshape(shape), is_place))
    return tuple(output)
