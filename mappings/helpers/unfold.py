import mlx.core as mx
import numpy as np

from .ntuple import ntuple
from .pool_windows import pool_windows


def unfold(input, kernel_size, dilation=1, padding=0, stride=1):
    """``F.unfold`` (im2col): (N, C, H, W) to (N, C * kernel, positions); columns run over channel, kernel row, kernel column."""
    if input.ndim == 3:
        return unfold(input[None], kernel_size, dilation, padding, stride)[0]
    views, _ = pool_windows(input, 2, kernel_size, ntuple(stride, 2), padding, dilation, False, 0)
    return mx.stack(views, axis=2).reshape(input.shape[0], input.shape[1] * len(views), -1)


def fold(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """``F.fold`` (col2im): the reverse of `unfold`; where windows overlap, their values add up."""
    if input.ndim == 2:
        return fold(input[None], output_size, kernel_size, dilation, padding, stride)[0]
    (kh, kw), (dh, dw), (sh, sw) = (ntuple(v, 2) for v in (kernel_size, dilation, stride))
    (height, width), (ph, pw) = ntuple(output_size, 2), ntuple(padding, 2)
    full_height, full_width = height + 2 * ph, width + 2 * pw
    down = (full_height - dh * (kh - 1) - 1) // sh + 1
    across = (full_width - dw * (kw - 1) - 1) // sw + 1
    rows = np.arange(kh)[:, None, None, None] * dh + np.arange(down)[:, None] * sh
    columns = np.arange(kw)[:, None, None] * dw + np.arange(across) * sw
    places = mx.array((rows * full_width + columns).reshape(-1))  # kernel row, kernel column, down, across: the order of the columns
    n, channels = input.shape[0], input.shape[1] // (kh * kw)
    canvas = mx.zeros((n, channels, full_height * full_width), input.dtype)
    canvas = canvas.at[:, :, places].add(input.reshape(n, channels, -1))
    return canvas.reshape(n, channels, full_height, full_width)[:, :, ph:ph + height, pw:pw + width]
