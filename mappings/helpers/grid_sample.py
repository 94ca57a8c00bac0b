import itertools

import mlx.core as mx
import numpy as np


def affine_grid(theta, size, align_corners=False):
    """``F.affine_grid``: the sampling grid (N, ..., 2 or 3) of affine matrices, for an output of `size` (N, C, ...)."""
    axes = []
    for n in size[2:]:
        line = np.linspace(-1, 1, n) if n > 1 else np.zeros(1)
        axes.append(line if align_corners else line * (n - 1) / n)
    grids = np.meshgrid(*axes, indexing="ij")
    base = np.stack([*grids[::-1], np.ones_like(grids[0])], axis=-1).reshape(-1, len(axes) + 1)
    grid = mx.array(base, theta.dtype) @ theta.swapaxes(1, 2)
    return grid.reshape((theta.shape[0],) + tuple(size[2:]) + (len(axes),))


def _to_pixels(coordinate, size, align_corners):
    return (coordinate + 1) / 2 * (size - 1) if align_corners else ((coordinate + 1) * size - 1) / 2


def _reflected(pixel, size, align_corners):
    low, span = (0.0, size - 1) if align_corners else (-0.5, size)
    if span == 0:
        return mx.zeros_like(pixel)
    distance = mx.abs(pixel - low)
    rest, turns = distance % span, mx.floor(distance / span)
    return mx.where(turns % 2 == 0, rest + low, span - rest + low)


def _bounded_pixel(pixel, size, padding_mode, align_corners):
    if padding_mode == "reflection":
        pixel = _reflected(pixel, size, align_corners)
    return pixel if padding_mode == "zeros" else mx.clip(pixel, 0, size - 1)


def _cubic_weights(fraction, a=-0.75):
    def near(d):
        return ((a + 2) * d - (a + 3)) * d * d + 1

    def far(d):
        return ((d - 5) * d + 8) * d * a - 4 * a

    return [far(fraction + 1), near(fraction), near(1 - fraction), far(2 - fraction)]


def _fetch(input, pixels):
    """The pixels at integral places, 0 outside."""
    inside, place = True, 0
    for pixel, size in zip(pixels, input.shape[2:]):
        inside = (pixel >= 0) & (pixel <= size - 1) & inside
        place = place * size + mx.clip(pixel, 0, size - 1).astype(mx.int32)
    n, channels = input.shape[:2]
    place = mx.broadcast_to(place.reshape(n, 1, -1), (n, channels, place.size // n))
    values = mx.take_along_axis(input.reshape(n, channels, -1), mx.stop_gradient(place), axis=2)
    return mx.where(mx.stop_gradient(inside).reshape(n, 1, -1), values, 0)


def grid_sample(input, grid, mode="bilinear", padding_mode="zeros", align_corners=None):
    """``F.grid_sample`` of channels-first (N, C, ...) arrays: bilinear (also for volumes), nearest, bicubic; zeros, border, reflection."""
    sizes = input.shape[2:]
    pixels = [_to_pixels(grid[..., len(sizes) - 1 - k], size, bool(align_corners)) for k, size in enumerate(sizes)]
    n, channels = input.shape[:2]

    def bounded(places):
        return [_bounded_pixel(place, size, padding_mode, bool(align_corners)) for place, size in zip(places, sizes)]

    if mode == "nearest":
        output = _fetch(input, [mx.round(place) for place in bounded(pixels)])
    elif mode in ("bilinear", "bicubic"):
        cubic = mode == "bicubic"
        pixels = pixels if cubic else bounded(pixels)
        bases = [mx.floor(pixel) for pixel in pixels]
        fractions = [pixel - base for pixel, base in zip(pixels, bases)]
        weights = [_cubic_weights(f) if cubic else [1 - f, f] for f in fractions]
        output = 0
        for taps in itertools.product(range(4 if cubic else 2), repeat=len(sizes)):
            places = [base + tap - cubic for base, tap in zip(bases, taps)]
            weight = 1
            for tap, choices in zip(taps, weights):
                weight = weight * choices[tap]
            output = output + _fetch(input, bounded(places) if cubic else places) * weight.reshape(n, 1, -1)
    else:
        raise ValueError(f"grid_sample: mode is bilinear, nearest or bicubic, not {mode!r}")
    return output.reshape((n, channels) + grid.shape[1:-1])
