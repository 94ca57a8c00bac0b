from .adaptive_max_pool import adaptive_max_pool
from .torch_module import _TorchModule


class _AdaptiveMaxPoolNd(_TorchModule):
    dims = 2

    def __init__(self, output_size, return_indices=False):
        super().__init__()
        self.output_size = output_size if isinstance(output_size, (int, type(None))) else tuple(output_size)
        self.return_indices = return_indices

    def __call__(self, input):
        return adaptive_max_pool(input, self.dims, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd):
    """PyTorch's `nn.AdaptiveMaxPool1d`: the maxima of the last axis, `output_size` of them."""

    dims = 1


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd):
    """PyTorch's `nn.AdaptiveMaxPool2d`: the maxima of the last two axes."""


class AdaptiveMaxPool3d(_AdaptiveMaxPoolNd):
    """PyTorch's `nn.AdaptiveMaxPool3d`: the maxima of the last three axes."""

    dims = 3
