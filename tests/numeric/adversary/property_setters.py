"""What a setter takes says nothing about what its getter gives."""

import torch
from torch import Tensor


class Kernel:
    def __init__(self, raw, transform):
        self.raw = raw
        self.transform = transform

    @property
    def scale(self) -> Tensor:
        return self.transform(self.raw)

    @scale.setter
    def scale(self, value):
        self.raw = self.raw * 0 + value


class Scaled:
    def __init__(self, kernel: Kernel):
        self.kernel = kernel
        self.kernel.scale = 2

    def shapes(self):
        return self.kernel.scale.transpose(-1, -2), self.kernel.scale.unsqueeze(0), self.kernel.scale.size(-1)


# run setters(x) | x=f32[2,3]
def setters(x):
    return Scaled(Kernel(x, lambda raw: raw * 3)).shapes()
