"""Layers made from the layers of the library."""
import math

import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat


class StdConv2d(compat.Conv2d):
    """Convolution with standardised weights."""

    def __call__(self, x):
        w = self.weight
        v, m = compat.var_mean(w, dim=[1, 2, 3], unbiased=False, keepdim=True)
        w = (w - m) / mx.sqrt(v + 1e-5)
        return compat.conv(x, w, bias=self.bias, stride=self.stride, padding=self.padding, dilation=self.dilation, groups=self.groups)


class SamePadConv(compat.Conv2d):
    """As much padding as keeps ceil(size / stride)."""

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, **kwargs):
        super().__init__(in_channels, out_channels, kernel_size, stride, padding=0, **kwargs)
        self.pad_to = compat.ntuple(stride, 2)

    def __call__(self, x):
        ih, iw = x.shape[-2:]
        kh, kw = self.weight.shape[-2:]
        sh, sw = self.stride
        ph = max((math.ceil(ih / sh) - 1) * sh + kh - ih, 0)
        pw = max((math.ceil(iw / sw) - 1) * sw + kw - iw, 0)
        if ph > 0 or pw > 0:
            x = compat.pad(x, [pw // 2, pw - pw // 2, ph // 2, ph - ph // 2])
        return super().__call__(x)


class FP32LayerNorm(compat.LayerNorm):
    """Computes in float32, gives back the type of the input."""

    def __call__(self, x: mx.array):
        orig_type = x.dtype
        x = compat.layer_norm(x.astype(mx.float32), self.normalized_shape, weight=self.weight, bias=self.bias, eps=self.eps)
        return x.astype(orig_type)


class LoRALinear(compat.Linear):
    def __init__(self, in_features, out_features, rank=2, alpha=4.0, **kwargs):
        super(LoRALinear, self).__init__(in_features, out_features, **kwargs)
        self.lora_a = mx.zeros((rank, in_features))
        self.lora_b = mx.zeros((out_features, rank))
        self.scaling = alpha / rank
        compat.normal_(self.lora_a, std=1 / rank)
        self.freeze(keys=["weight"], recurse=False)

    def __call__(self, x):
        return super().__call__(x) + (x @ self.lora_a.T @ self.lora_b.T) * self.scaling

    def _extra_repr(self):
        return f"{self.in_features} -> {self.out_features}, rank {self.lora_a.shape[0]}"


class ScaledEmbedding(compat.Embedding):
    def __init__(self, num_embeddings: int, embedding_dim: int, padding_idx=None, scale: float = 1.0):
        super().__init__(num_embeddings, embedding_dim, padding_idx)
        self.embed_scale = scale

    def __call__(self, input_ids: mx.array):
        return super().__call__(input_ids) * self.embed_scale


class Flatten(nn.Module):
    def __call__(self, x): return x.reshape(x.shape[0], -1)


class PreNorm(compat.Sequential):
    def __init__(self, dim, *layers):
        super().__init__(nn.LayerNorm(dim), *layers)

    def __call__(self, x):
        return x + super().__call__(x)


class Swish(compat.SiLU):
    pass


class FrozenBatchNorm2d(nn.Module):
    """Batch norm whose statistics and factors never change."""

    def __init__(self, n, eps=1e-5):
        super().__init__()
        self.eps = eps
        compat.register_buffer(self, "weight", mx.ones((n,)))
        compat.register_buffer(self, "bias", mx.zeros((n,)))
        compat.register_buffer(self, "running_mean", mx.zeros((n,)))
        compat.register_buffer(self, "running_var", mx.ones((n,)))

    def __call__(self, x):
        scale = (self.weight * (self.running_var + self.eps).rsqrt()).reshape(1, -1, 1, 1)
        shift = self.bias.reshape(1, -1, 1, 1) - self.running_mean.reshape(1, -1, 1, 1) * scale
        return x * scale + shift


class FocalLoss(compat.CrossEntropyLoss):
    def __init__(self, gamma=2.0):
        super().__init__(reduction="none")
        self.gamma = gamma

    def __call__(self, input, target):
        ce = super().__call__(input, target)
        return ((1 - mx.exp(-ce)) ** self.gamma * ce).mean()


class Net(nn.Module):
    def __init__(self, n=4):
        super().__init__()
        self.body = compat.Sequential(StdConv2d(3, n, 3, padding=1), FrozenBatchNorm2d(n), Swish(),
                                  SamePadConv(n, n, 3, stride=2), Flatten())
        self.mix = PreNorm(n * 9, nn.Linear(n * 9, n * 9), Swish())
        self.head = LoRALinear(n * 9, 2, bias=True)

    def __call__(self, x):
        return self.head(self.mix(self.body(x)))
