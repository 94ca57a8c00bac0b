import math

import mlx.core as mx

from .conv import conv
from .ntuple import ntuple
from .pad import pad
from .torch_module import _TorchModule


class _ConvNd(_TorchModule):
    """PyTorch's convolution layers: channels-first data, `weight` is (out, in / groups, *kernel)."""

    dims, transposed = 2, False
    output_padding = property(lambda self: (0,) * self.dims)

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1,
                 bias=True, padding_mode="zeros", device=None, dtype=None):
        super().__init__()
        if in_channels % groups or out_channels % groups:
            raise ValueError("in_channels and out_channels must be divisible by groups")
        n = self.dims
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride, self.dilation = (ntuple(v, n) for v in (kernel_size, stride, dilation))
        self.padding = padding if isinstance(padding, str) else ntuple(padding, n)
        self.padding_mode = padding_mode
        self.weight = mx.zeros((out_channels, in_channels // groups, *self.kernel_size))
        self.bias = mx.zeros((out_channels,)) if bias else None
        self.reset_parameters()
        if dtype is not None:
            self.set_dtype(dtype)

    def reset_parameters(self):
        fan_in = math.prod(self.weight.shape[1:])
        bound = 1 / math.sqrt(fan_in) if fan_in > 0 else 0
        self.weight[...] = mx.random.uniform(-bound, bound, self.weight.shape, self.weight.dtype)
        if self.bias is not None:
            self.bias[...] = mx.random.uniform(-bound, bound, self.bias.shape, self.bias.dtype)

    def _border(self):
        """The padding in the order of `F.pad`: (low, high) pairs from the last axis on."""
        pairs = []
        for i in reversed(range(self.dims)):
            if self.padding == "valid":
                pairs += [0, 0]
            elif self.padding == "same":
                total = self.dilation[i] * (self.kernel_size[i] - 1)
                pairs += [total // 2, total - total // 2]
            else:
                pairs += [self.padding[i]] * 2
        return pairs

    def _conv_forward(self, input, weight, bias):
        padding = self.padding
        if self.padding_mode != "zeros":
            input, padding = pad(input, self._border(), mode=self.padding_mode), 0
        return conv(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def __call__(self, input):
        return self._conv_forward(input, self.weight, self.bias)

    def _extra_repr(self):
        return f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"


class Conv1d(_ConvNd):
    """PyTorch's `nn.Conv1d`: input (N, C, L) or (C, L)."""

    dims = 1


class Conv2d(_ConvNd):
    """PyTorch's `nn.Conv2d`: input (N, C, H, W) or (C, H, W)."""


class Conv3d(_ConvNd):
    """PyTorch's `nn.Conv3d`: input (N, C, D, H, W) or (C, D, H, W)."""

    dims = 3
