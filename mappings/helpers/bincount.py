import mlx.core as mx


def bincount(input, weights=None, minlength=0):
    """``torch.bincount``: how often each number occurs, or the sum of its weights. The largest number is evaluated."""
    size = max(minlength, int(mx.max(input).item()) + 1 if input.size else 0)
    dtype = mx.int64 if weights is None else mx.float32 if weights.dtype == mx.float32 else mx.float64
    if input.size == 0:
        return mx.zeros((size,), dtype)
    weights = mx.ones(input.shape, dtype) if weights is None else weights.astype(dtype)
    return mx.zeros((size,), dtype).at[input].add(weights)


def histc(input, bins=100, min=0, max=0):
    """``torch.histc``: equal bins from min to max, which belongs to the last; equal bounds mean those of the data, evaluated."""
    input = mx.stop_gradient(input).reshape(-1)
    if min == max and input.size:
        min, max = mx.min(input).item(), mx.max(input).item()
    if min == max:
        min, max = min - 1, max + 1
    min, max = (mx.array(bound).astype(input.dtype) for bound in (min, max))
    inside = (input >= min) & (input <= max)
    place = mx.clip(mx.floor((input - min) * bins / (max - min)), 0, bins - 1)  # in this order: each step is rounded
    place = mx.where(inside, place, 0).astype(mx.int32)
    counts = mx.zeros((bins,), input.dtype)
    return counts.at[place].add(inside.astype(input.dtype)) if input.size else counts


def histogram(input, bins, range=None, weight=None, density=False):
    """``torch.histogram``: the pair (hist, bin_edges); `bins` is a number or the edges. Without `range` the bounds are evaluated."""
    input = mx.stop_gradient(input).reshape(-1)
    if isinstance(bins, mx.array):
        edges = bins
    else:
        low, high = (mx.min(input).item(), mx.max(input).item()) if range is None else range
        if low == high:
            low, high = low - 0.5, high + 0.5
        edges = mx.linspace(low, high, bins + 1).astype(input.dtype)
    last = edges.shape[0] - 2
    place = mx.searchsorted(edges, input, side="right").astype(mx.int32) - 1
    place = mx.where(input == edges[-1], last, place)
    weight = mx.ones(input.shape, input.dtype) if weight is None else weight.reshape(-1)
    weight = mx.where((place >= 0) & (place <= last), weight, 0)
    counts = mx.zeros((last + 1,), weight.dtype).at[mx.clip(place, 0, last)].add(weight)
    if density:
        counts = counts / mx.sum(counts) / (edges[1:] - edges[:-1])
    return counts, edges
