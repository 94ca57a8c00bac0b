import mlx.core as mx

from .axis_slice import axis_slice


def diff(input, n=1, dim=-1, prepend=None, append=None):
    """``torch.diff``: the n-th differences along `dim`, after what is prepended and appended."""
    if n == 0:
        return input
    parts = [part for part in (prepend, input, append) if part is not None]
    return mx.diff(mx.concatenate(parts, axis=dim) if len(parts) > 1 else input, n=n, axis=dim)


def _areas(y, x, dx, dim):
    """The trapezoids between neighbours."""
    if x is not None:
        dx = mx.diff(x, axis=dim if x.ndim > 1 else 0)
        if x.ndim == 1:
            shape = [1] * y.ndim
            shape[dim] = -1
            dx = dx.reshape(shape)
    return dx * (axis_slice(y, dim, 1, None) + axis_slice(y, dim, None, -1)) / 2


def trapezoid(y, x=None, dx=1, dim=-1):
    """``torch.trapezoid``: the integral over `dim`, at places `x` or with steps of `dx`."""
    return mx.sum(_areas(y, x, dx, dim), axis=dim)


def cumulative_trapezoid(y, x=None, dx=1, dim=-1):
    """``torch.cumulative_trapezoid``: the running integral over `dim`."""
    return mx.cumsum(_areas(y, x, dx, dim), axis=dim)


def gradient(input, spacing=1, dim=None, edge_order=1):
    """``torch.gradient`` for even spacing: central differences inside, one-sided ones at the ends. One array for each dimension."""
    if edge_order != 1 or isinstance(spacing, mx.array) or (isinstance(spacing, (list, tuple)) and isinstance(spacing[0], mx.array)):
        raise NotImplementedError("gradient with coordinates as spacing, or with edge_order=2")
    dims = range(input.ndim) if dim is None else (dim,) if isinstance(dim, int) else dim
    output = []
    for k, d in enumerate(dims):
        step = spacing[k] if isinstance(spacing, (list, tuple)) else spacing
        inside = (axis_slice(input, d, 2, None) - axis_slice(input, d, None, -2)) / (2 * step)
        first = (axis_slice(input, d, 1, 2) - axis_slice(input, d, 0, 1)) / step
        last = (axis_slice(input, d, -1, None) - axis_slice(input, d, -2, -1)) / step
        output.append(mx.concatenate([first, inside, last], axis=d))
    return tuple(output)
