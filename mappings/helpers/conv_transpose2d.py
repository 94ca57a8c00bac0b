import math

import mlx.core as mx

from .conv import conv_transpose
from .ntuple import ntuple
from .torch_module import _TorchModule


class _ConvTransposeNd(_TorchModule):
    """PyTorch's transposed convolutions: channels-first data, `weight` is (in, out / groups, *kernel)."""

    dims, transposed = 2, True

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1,
                 bias=True, dilation=1, padding_mode="zeros", device=None, dtype=None):
        super().__init__()
        if padding_mode != "zeros":
            raise ValueError(f'only padding_mode "zeros" is defined for {type(self).__name__}')
        n = self.dims
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride, self.padding, self.output_padding, self.dilation = (
            ntuple(v, n) for v in (kernel_size, stride, padding, output_padding, dilation)
        )
        self.padding_mode = padding_mode
        self.weight = mx.zeros((in_channels, out_channels // groups, *self.kernel_size))
        self.bias = mx.zeros((out_channels,)) if bias else None
        self.reset_parameters()
        if dtype is not None:
            self.set_dtype(dtype)

    def reset_parameters(self):
        # PyTorch takes the second axis as the fan, here that of the outputs.
        bound = 1 / math.sqrt(math.prod(self.weight.shape[1:]))
        self.weight[...] = mx.random.uniform(-bound, bound, self.weight.shape, self.weight.dtype)
        if self.bias is not None:
            self.bias[...] = mx.random.uniform(-bound, bound, self.bias.shape, self.bias.dtype)

    def _output_padding(self, input, output_size):
        if output_size is None:
            return self.output_padding
        sizes = zip(input.shape[-self.dims:], output_size[-self.dims:], self.kernel_size, self.stride,
                    self.padding, self.dilation)
        return tuple(out - ((size - 1) * s - 2 * p + d * (k - 1) + 1) for size, out, k, s, p, d in sizes)

    def __call__(self, input, output_size=None):
        return conv_transpose(input, self.weight, self.bias, self.stride, self.padding,
                              self._output_padding(input, output_size), self.groups, self.dilation)

    def _extra_repr(self):
        return f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"


class ConvTranspose1d(_ConvTransposeNd):
    """PyTorch's `nn.ConvTranspose1d`: input (N, C, L) or (C, L)."""

    dims = 1


class ConvTranspose2d(_ConvTransposeNd):
    """PyTorch's `nn.ConvTranspose2d`: input (N, C, H, W) or (C, H, W)."""


class ConvTranspose3d(_ConvTransposeNd):
    """PyTorch's `nn.ConvTranspose3d`: input (N, C, D, H, W) or (C, D, H, W)."""

    dims = 3
