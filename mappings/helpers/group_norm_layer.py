import mlx.core as mx
import mlx.nn as nn

from .torch_module import _TorchModule


class GroupNorm(_TorchModule, nn.GroupNorm):
    """PyTorch's `nn.GroupNorm`: groups of the channels in axis 1."""

    def __init__(self, num_groups, num_channels, eps=1e-5, affine=True, device=None, dtype=None, *, bias=True):
        nn.Module.__init__(self)
        if num_channels % num_groups:
            raise ValueError("num_channels must be divisible by num_groups")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        self.weight = mx.ones((num_channels,)) if affine else None
        self.bias = mx.zeros((num_channels,)) if affine and bias else None
        if dtype is not None:
            self.set_dtype(dtype)

    def reset_parameters(self):
        if self.weight is not None:
            self.weight[...] = 1
        if self.bias is not None:
            self.bias[...] = 0

    def __call__(self, input):
        per_group = input.size // max(input.shape[0] * self.num_groups, 1)
        y = mx.fast.layer_norm(input.reshape(input.shape[0], self.num_groups, per_group), None, None, self.eps)
        y = y.reshape(input.shape)
        channel = (-1, *[1] * (input.ndim - 2))
        if self.weight is not None:
            y = y * self.weight.reshape(channel)
        if self.bias is not None:
            y = y + self.bias.reshape(channel)
        return y.astype(input.dtype)

    def _extra_repr(self):
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}"
