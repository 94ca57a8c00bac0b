import numpy as np


def _cubic_kernel(distance, a):
    d = np.abs(distance)
    near = ((a + 2) * d - (a + 3)) * d * d + 1
    far = ((d - 5) * d + 8) * d * a - 4 * a
    return np.where(d <= 1, near, np.where(d < 2, far, 0.0))


def _antialias_taps(size, out, ratio, cubic):
    """The kernel is widened by the scale, cut at the borders, and normalised."""
    stretch = max(ratio, 1.0)
    support = (2.0 if cubic else 1.0) * stretch
    center = ratio * (np.arange(out) + 0.5)
    first = np.maximum((center - support + 0.5).astype(np.int64), 0)
    last = np.minimum((center + support + 0.5).astype(np.int64), size)
    at = first[:, None] + np.arange((last - first).max(initial=1))
    distance = (at - center[:, None] + 0.5) / stretch
    weight = _cubic_kernel(distance, -0.5) if cubic else np.maximum(1 - np.abs(distance), 0)
    weight = np.where(at < last[:, None], weight, 0.0)
    return np.minimum(at, size - 1), weight / weight.sum(axis=1, keepdims=True)


def resample_taps(size, out, *, scale, cubic, align_corners, antialias):
    """How each of `out` positions is mixed from `size` positions: (positions, weights), both (out, taps).

    The sampling rules of ``F.interpolate``: corner alignment, half-pixel centers, the cubic kernel with a = -0.75, or -0.5 for antialias.
    """
    if align_corners:
        ratio = (size - 1) / (out - 1) if out > 1 else 0.0
    else:
        ratio = 1.0 / scale if scale else size / out
    if antialias:
        return _antialias_taps(size, out, ratio, cubic)
    source = np.arange(out) * ratio if align_corners else (np.arange(out) + 0.5) * ratio - 0.5
    if cubic:
        base = np.floor(source).astype(np.int64)
        offsets = np.arange(-1, 3)
        weight = _cubic_kernel((source - base)[:, None] - offsets, -0.75)
        return np.clip(base[:, None] + offsets, 0, size - 1), weight
    source = np.maximum(source, 0)
    base = np.minimum(source.astype(np.int64), size - 1)
    fraction = source - base
    at = np.stack([base, np.minimum(base + 1, size - 1)], axis=1)
    return at, np.stack([1 - fraction, fraction], axis=1)
