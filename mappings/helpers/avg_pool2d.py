from .avg_pool import avg_pool
from .ntuple import ntuple
from .torch_module import _TorchModule


class _AvgPoolNd(_TorchModule):
    dims = 2

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True,
                 divisor_override=None):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def __call__(self, input):
        return avg_pool(input, self.dims, self.kernel_size, self.stride, self.padding, self.ceil_mode,
                        self.count_include_pad, self.divisor_override)


class AvgPool1d(_AvgPoolNd):
    """PyTorch's `nn.AvgPool1d`: averages over windows of the last axis."""

    dims = 1

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        # PyTorch keeps tuples of this one alone.
        self.kernel_size, self.stride, self.padding = (ntuple(size, 1) for size in (self.kernel_size, self.stride, self.padding))


class AvgPool2d(_AvgPoolNd):
    """PyTorch's `nn.AvgPool2d`: averages over windows of the last two axes."""


class AvgPool3d(_AvgPoolNd):
    """PyTorch's `nn.AvgPool3d`: averages over windows of the last three axes."""

    dims = 3
