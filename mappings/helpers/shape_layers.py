import mlx.core as mx
import mlx.nn as nn

from .interpolate import interpolate
from .pixel_shuffle import channel_shuffle, pixel_shuffle, pixel_unshuffle
from .torch_module import _TorchModule
from .unfold import fold, unfold


class Identity(_TorchModule, nn.Identity):
    """PyTorch's `nn.Identity`: takes and ignores any constructor arguments."""


class Flatten(_TorchModule):
    """PyTorch's `nn.Flatten`: keeps axis 0 unless told otherwise."""

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def __call__(self, input):
        return mx.flatten(input, self.start_dim, self.end_dim)


class Unflatten(_TorchModule):
    """PyTorch's `nn.Unflatten`."""

    def __init__(self, dim, unflattened_size):
        super().__init__()
        self.dim, self.unflattened_size = dim, tuple(unflattened_size)

    def __call__(self, input):
        return mx.unflatten(input, self.dim, self.unflattened_size)


class Upsample(_TorchModule, nn.Upsample):
    """PyTorch's `nn.Upsample` on channels-first data, with every mode of `F.interpolate`."""

    def __init__(self, size=None, scale_factor=None, mode="nearest", align_corners=None, recompute_scale_factor=None):
        nn.Module.__init__(self)
        self.name, self.size, self.mode = type(self).__name__, size, mode
        self.scale_factor = tuple(map(float, scale_factor)) if isinstance(scale_factor, (tuple, list)) else scale_factor and float(scale_factor)
        self.align_corners, self.recompute_scale_factor = align_corners, recompute_scale_factor

    def __call__(self, input):
        return interpolate(input, self.size, self.scale_factor, self.mode, self.align_corners,
                           self.recompute_scale_factor)


class UpsamplingNearest2d(Upsample):
    """PyTorch's `nn.UpsamplingNearest2d`."""

    def __init__(self, size=None, scale_factor=None):
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """PyTorch's `nn.UpsamplingBilinear2d`: bilinear with aligned corners."""

    def __init__(self, size=None, scale_factor=None):
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)


class PixelShuffle(_TorchModule):
    """PyTorch's `nn.PixelShuffle`: channels to pixels."""

    def __init__(self, upscale_factor):
        super().__init__()
        self.upscale_factor = upscale_factor

    def __call__(self, input):
        return pixel_shuffle(input, self.upscale_factor)


class PixelUnshuffle(_TorchModule):
    """PyTorch's `nn.PixelUnshuffle`: pixels to channels."""

    def __init__(self, downscale_factor):
        super().__init__()
        self.downscale_factor = downscale_factor

    def __call__(self, input):
        return pixel_unshuffle(input, self.downscale_factor)


class ChannelShuffle(_TorchModule):
    """PyTorch's `nn.ChannelShuffle`."""

    def __init__(self, groups):
        super().__init__()
        self.groups = groups

    def __call__(self, input):
        return channel_shuffle(input, self.groups)


class Unfold(_TorchModule):
    """PyTorch's `nn.Unfold`: the patches of (N, C, H, W) as columns (N, C * kH * kW, L)."""

    def __init__(self, kernel_size, dilation=1, padding=0, stride=1):
        super().__init__()
        self.kernel_size, self.dilation, self.padding, self.stride = kernel_size, dilation, padding, stride

    def __call__(self, input):
        return unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)


class Fold(_TorchModule):
    """PyTorch's `nn.Fold`: sums overlapping columns back to (N, C, H, W)."""

    def __init__(self, output_size, kernel_size, dilation=1, padding=0, stride=1):
        super().__init__()
        self.output_size, self.kernel_size = output_size, kernel_size
        self.dilation, self.padding, self.stride = dilation, padding, stride

    def __call__(self, input):
        return fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)
