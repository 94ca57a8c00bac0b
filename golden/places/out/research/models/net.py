import mlx.nn as nn
import mlx_compat as compat


class Net(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.conv = compat.Conv2d(1, width, 3)
        self.pool = compat.AdaptiveAvgPool2d(1)

    def __call__(self, x):
        return self.pool(self.conv(x)).flatten(1)
