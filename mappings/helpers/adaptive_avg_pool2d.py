from .adaptive_avg_pool import adaptive_avg_pool
from .torch_module import _TorchModule


class _AdaptiveAvgPoolNd(_TorchModule):
    dims = 2

    def __init__(self, output_size):
        super().__init__()
        self.output_size = output_size if isinstance(output_size, (int, type(None))) else tuple(output_size)

    def __call__(self, input):
        return adaptive_avg_pool(input, self.dims, self.output_size)


class AdaptiveAvgPool1d(_AdaptiveAvgPoolNd):
    """PyTorch's `nn.AdaptiveAvgPool1d`: averages the last axis down to `output_size`."""

    dims = 1


class AdaptiveAvgPool2d(_AdaptiveAvgPoolNd):
    """PyTorch's `nn.AdaptiveAvgPool2d`: averages the last two axes down to `output_size`."""


class AdaptiveAvgPool3d(_AdaptiveAvgPoolNd):
    """PyTorch's `nn.AdaptiveAvgPool3d`: averages the last three axes down to `output_size`."""

    dims = 3
