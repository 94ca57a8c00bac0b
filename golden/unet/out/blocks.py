""" Building blocks of the segmentation network """

import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat


class ConvBlock(nn.Module):
    """Twice: 3x3 convolution, batch norm, ReLU. The size stays."""

    def __init__(self, c_in, c_out, c_mid=None):
        super().__init__()
        c_mid = c_mid or c_out
        self.body = compat.Sequential(
            compat.Conv2d(c_in, c_mid, kernel_size=3, padding=1, bias=False),
            compat.BatchNorm2d(c_mid),
            compat.ReLU(inplace=True),
            compat.Conv2d(c_mid, c_out, kernel_size=3, padding=1, bias=False),
            compat.BatchNorm2d(c_out),
            compat.ReLU(inplace=True)
        )

    def __call__(self, x):
        return self.body(x)


class Contract(compat.Sequential):
    """Half the size, more channels"""

    def __init__(self, c_in, c_out):
        super().__init__(compat.MaxPool2d(2), ConvBlock(c_in, c_out))


def match_size(x, ref):
    """Pads `x` with zeros to the height and width of `ref`: odd sizes lose a row or column when halved."""
    dh = ref.shape[2] - x.shape[2]
    dw = ref.shape[3] - x.shape[3]
    if dh == 0 and dw == 0:
        return x
    return compat.pad(x, [dw // 2, dw - dw // 2, dh // 2, dh - dh // 2])


class Expand(nn.Module):
    """Double the size, join with the features of the way down"""

    def __init__(self, c_in, c_skip, c_out, smooth=True):
        super().__init__()
        if smooth:
            self.up = compat.Upsample(scale_factor=2, mode='bilinear', align_corners=True)
            c_up = c_in
        else:
            self.up = compat.ConvTranspose2d(c_in, c_in // 2, kernel_size=2, stride=2)
            c_up = c_in // 2
        self.conv = ConvBlock(c_up + c_skip, c_out)

    def __call__(self, x, skip):
        x = match_size(self.up(x), skip)
        x = mx.concatenate([skip, x], axis=1)
        return self.conv(x)
