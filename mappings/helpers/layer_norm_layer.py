import mlx.core as mx
import mlx.nn as nn

from .torch_module import _TorchModule


class LayerNorm(_TorchModule, nn.LayerNorm):
    """PyTorch's `nn.LayerNorm`: normalises over the trailing axes of `normalized_shape`."""

    def __init__(self, normalized_shape, eps=1e-5, elementwise_affine=True, bias=True, device=None, dtype=None):
        nn.Module.__init__(self)
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape, self.eps, self.elementwise_affine = shape, eps, elementwise_affine
        self.weight = mx.ones(shape) if elementwise_affine else None
        self.bias = mx.zeros(shape) if elementwise_affine and bias else None
        if dtype is not None:
            self.set_dtype(dtype)

    def reset_parameters(self):
        if self.weight is not None:
            self.weight[...] = 1
        if self.bias is not None:
            self.bias[...] = 0

    def __call__(self, input):
        n = len(self.normalized_shape)
        if input.shape[-n:] != self.normalized_shape:
            raise ValueError(f"expected input ending in {self.normalized_shape}, got {input.shape}")
        flat = input if n == 1 else mx.flatten(input, -n, -1)
        weight = None if self.weight is None else self.weight.reshape(-1)
        bias = None if self.bias is None else self.bias.reshape(-1)
        return mx.fast.layer_norm(flat, weight, bias, self.eps).reshape(input.shape)

    def _extra_repr(self):
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class RMSNorm(_TorchModule, nn.RMSNorm):
    """PyTorch's `nn.RMSNorm`: `eps=None` is the machine epsilon of the input's dtype."""

    def __init__(self, normalized_shape, eps=None, elementwise_affine=True, device=None, dtype=None):
        nn.Module.__init__(self)
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape, self.eps, self.elementwise_affine = shape, eps, elementwise_affine
        self.weight = mx.ones(shape) if elementwise_affine else None
        if dtype is not None:
            self.set_dtype(dtype)

    def reset_parameters(self):
        if self.weight is not None:
            self.weight[...] = 1

    def __call__(self, input):
        n = len(self.normalized_shape)
        flat = input if n == 1 else mx.flatten(input, -n, -1)
        weight = None if self.weight is None else self.weight.reshape(-1)
        eps = mx.finfo(input.dtype).eps if self.eps is None else self.eps
        return mx.fast.rms_norm(flat, weight, eps).reshape(input.shape)

    def _extra_repr(self):
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
