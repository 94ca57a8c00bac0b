from .avg_pool import lp_pool
from .torch_module import _TorchModule


class _LPPoolNd(_TorchModule):
    dims = 2

    def __init__(self, norm_type, kernel_size, stride=None, ceil_mode=False):
        super().__init__()
        self.norm_type, self.kernel_size, self.stride, self.ceil_mode = norm_type, kernel_size, stride, ceil_mode

    def __call__(self, input):
        return lp_pool(input, self.dims, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


class LPPool1d(_LPPoolNd):
    """PyTorch's `nn.LPPool1d`: the p-norm over windows of the last axis."""

    dims = 1


class LPPool2d(_LPPoolNd):
    """PyTorch's `nn.LPPool2d`: the p-norm over windows of the last two axes."""


class LPPool3d(_LPPoolNd):
    """PyTorch's `nn.LPPool3d`: the p-norm over windows of the last three axes."""

    dims = 3
