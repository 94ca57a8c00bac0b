from kit import *
from kit import tensors as T
import kit.blocks as blocks_module
from kit.tensors import cat as join
import kit
import mlx.core as mx
import mlx.nn as nn


class Model(nn.Module):
    def __init__(self, dim: int):
        super().__init__()
        self.block = make(dim)
        self.other = blocks_module.Block(dim)
        self.out = nn.Linear(4 * dim, dim)

    def __call__(self, x: mx.array) -> mx.array:
        x = mx.concatenate([self.block(x), self.other(x)], axis=-1)
        y = mx.concatenate([x, x], axis=0)
        return self.out(KF.smooth(y)).astype(mx.float32) + nn.Identity()(0.5)
