import numpy as np

from .ntuple import ntuple
from .pad import pad


def pool_windows(input, nd, kernel_size, stride, padding, dilation, ceil_mode, fill):
    """What a pooling kernel sees, over the last `nd` dimensions, padded with `fill`.

    Returns one view of the output's size for each kernel position, and the (kernel, stride, padding, dilation, output size) of each
    dimension. With `ceil_mode` a last window that would start in the right padding is dropped, as PyTorch does.
    """
    kernel = ntuple(kernel_size, nd)
    stride = kernel if stride is None or stride in ((), []) else ntuple(stride, nd)
    geometry, widths = [], []
    for size, k, s, p, d in zip(input.shape[-nd:], kernel, stride, ntuple(padding, nd), ntuple(dilation, nd)):
        span = size + 2 * p - d * (k - 1) - 1
        out = (-(-span // s) if ceil_mode else span // s) + 1
        if ceil_mode and (out - 1) * s >= size + p:
            out -= 1
        geometry.append((k, s, p, d, out))
        missing = (out - 1) * s + d * (k - 1) + 1 - size - 2 * p
        widths = [p, p + max(missing, 0)] + widths
    padded = pad(input, widths, "constant", fill)
    views = []
    for offsets in np.ndindex(*kernel):
        window = (slice(o * d, o * d + (out - 1) * s + 1, s) for o, (_, s, _, d, out) in zip(offsets, geometry))
        views.append(padded[(..., *window)])
    return views, geometry
