""" The network: a contracting path, an expanding path, and skips between them """

from blocks import *
import mlx.nn as nn
import mlx_compat as compat


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, smooth=False, base=8, depth=2):
        super(UNet, self).__init__()
        self.num_classes = num_classes
        self.stem = (ConvBlock(in_channels, base))
        self.down = []
        self.up = []
        c = base
        for _ in range(depth):
            self.down.append(Contract(c, 2 * c))
            c *= 2
        for _ in range(depth):
            self.up.append(Expand(c, c // 2, c // 2, smooth))
            c //= 2
        self.out = compat.Conv2d(base, num_classes, kernel_size=1)

    def __call__(self, x):
        x = self.stem(x)
        skips = []
        for stage in self.down:
            skips.append(x)
            x = stage(x)
        for stage in self.up:
            x = stage(x, skips.pop())
        return self.out(x)
