import math

import mlx.core as mx

from .max_pool import max_pool
from .torch_module import _TorchModule


def _drop_blocks(input, dims, p, block_size, eps, training):
    if not 0 <= p <= 1:
        raise ValueError(f"drop probability has to be between 0 and 1, but got {p}.")
    if input.ndim != dims + 2:
        raise ValueError(f"input should be {dims + 2} dimensional. Got {input.ndim} dimensions.")
    if not training or p == 0:
        return input
    sizes = input.shape[2:]
    block_size = min(block_size, *sizes)
    if block_size % 2 == 0:
        raise ValueError(f"block size should be odd. Got {block_size} which is even.")
    centers = [size - block_size + 1 for size in sizes]
    seeds = mx.random.bernoulli(p * math.prod(sizes) / (block_size**dims * math.prod(centers)), (*input.shape[:2], *centers))
    border = block_size // 2
    seeds = mx.pad(seeds.astype(input.dtype), [(0, 0), (0, 0), *[(border, border)] * dims])
    keep = 1 - max_pool(seeds, dims, block_size, 1, border)
    return input * keep * (keep.size / (eps + keep.sum()))


def drop_block2d(input, p, block_size, inplace=False, eps=1e-6, training=True):
    """``torchvision.ops.drop_block2d``: zeros squares of (N, C, H, W) and scales the rest up. The random numbers are not those of PyTorch."""
    return _drop_blocks(input, 2, p, block_size, eps, training)


def drop_block3d(input, p, block_size, inplace=False, eps=1e-6, training=True):
    """``torchvision.ops.drop_block3d``: zeros cubes of (N, C, D, H, W) and scales the rest up. The random numbers are not those of PyTorch."""
    return _drop_blocks(input, 3, p, block_size, eps, training)


class DropBlock2d(_TorchModule):
    """``torchvision.ops.DropBlock2d``: `drop_block2d` while training."""

    dims = 2

    def __init__(self, p, block_size, inplace=False, eps=1e-6):
        super().__init__()
        self.p, self.block_size, self.inplace, self.eps = p, block_size, inplace, eps

    def __call__(self, input):
        return _drop_blocks(input, self.dims, self.p, self.block_size, self.eps, self.training)

    def _extra_repr(self):
        return f"p={self.p}, block_size={self.block_size}, inplace={self.inplace}"


class DropBlock3d(DropBlock2d):
    """``torchvision.ops.DropBlock3d``: `drop_block3d` while training."""

    dims = 3
