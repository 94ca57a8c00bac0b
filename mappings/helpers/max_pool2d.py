from .max_pool import max_pool
from .torch_module import _TorchModule


class _MaxPoolNd(_TorchModule):
    dims = 2

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def __call__(self, input):
        return max_pool(input, self.dims, self.kernel_size, self.stride, self.padding, self.dilation,
                        self.ceil_mode, self.return_indices)


class MaxPool1d(_MaxPoolNd):
    """PyTorch's `nn.MaxPool1d`: pools the last axis."""

    dims = 1


class MaxPool2d(_MaxPoolNd):
    """PyTorch's `nn.MaxPool2d`: pools the last two axes."""


class MaxPool3d(_MaxPoolNd):
    """PyTorch's `nn.MaxPool3d`: pools the last three axes."""

    dims = 3
