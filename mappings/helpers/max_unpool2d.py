from .max_pool import max_unpool
from .ntuple import ntuple
from .torch_module import _TorchModule


class _MaxUnpoolNd(_TorchModule):
    dims = 2

    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        sizes = kernel_size, kernel_size if stride is None else stride, padding
        self.kernel_size, self.stride, self.padding = (ntuple(size, self.dims) for size in sizes)

    def __call__(self, input, indices, output_size=None):
        return max_unpool(input, indices, self.dims, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool1d(_MaxUnpoolNd):
    """PyTorch's `nn.MaxUnpool1d`: puts values back where the maxima were."""

    dims = 1


class MaxUnpool2d(_MaxUnpoolNd):
    """PyTorch's `nn.MaxUnpool2d`: puts values back where the maxima were."""


class MaxUnpool3d(_MaxUnpoolNd):
    """PyTorch's `nn.MaxUnpool3d`: puts values back where the maxima were."""

    dims = 3
