import math

import mlx.core as mx
import mlx.nn as nn

from .torch_module import _TorchModule


class Linear(_TorchModule, nn.Linear):
    """`nn.Linear` with PyTorch's constructor and attributes, for a class that travels as a value."""

    def __init__(self, in_features, out_features, bias=True, device=None, dtype=None):
        nn.Module.__init__(self)
        self.in_features, self.out_features = in_features, out_features
        self.weight = mx.zeros((out_features, in_features))
        self.bias = mx.zeros((out_features,)) if bias else None
        self.reset_parameters()
        if dtype is not None:
            self.set_dtype(dtype)

    def reset_parameters(self):
        bound = 1 / math.sqrt(self.in_features) if self.in_features > 0 else 0
        self.weight[...] = mx.random.uniform(-bound, bound, self.weight.shape, self.weight.dtype)
        if self.bias is not None:
            self.bias[...] = mx.random.uniform(-bound, bound, self.bias.shape, self.bias.dtype)


class Bilinear(_TorchModule):
    """PyTorch's `nn.Bilinear`: y = x1^T A x2 + b, `weight` is (out, in1, in2)."""

    def __init__(self, in1_features, in2_features, out_features, bias=True, device=None, dtype=None):
        super().__init__()
        self.in1_features, self.in2_features, self.out_features = in1_features, in2_features, out_features
        self.weight = mx.zeros((out_features, in1_features, in2_features))
        self.bias = mx.zeros((out_features,)) if bias else None
        self.reset_parameters()
        if dtype is not None:
            self.set_dtype(dtype)

    def reset_parameters(self):
        bound = 1 / math.sqrt(self.in1_features)
        self.weight[...] = mx.random.uniform(-bound, bound, self.weight.shape, self.weight.dtype)
        if self.bias is not None:
            self.bias[...] = mx.random.uniform(-bound, bound, self.bias.shape, self.bias.dtype)

    def __call__(self, input1, input2):
        y = mx.einsum("...i,oij,...j->...o", input1, self.weight, input2)
        return y if self.bias is None else y + self.bias
