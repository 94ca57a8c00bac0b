"""Layers made from the layers of the library."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.modules.utils import _pair


class StdConv2d(nn.Conv2d):
    """Convolution with standardised weights."""

    def forward(self, x):
        w = self.weight
        v, m = torch.var_mean(w, dim=[1, 2, 3], keepdim=True, unbiased=False)
        w = (w - m) / torch.sqrt(v + 1e-5)
        return F.conv2d(x, w, self.bias, self.stride, self.padding, self.dilation, self.groups)


class SamePadConv(nn.Conv2d):
    """As much padding as keeps ceil(size / stride)."""

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, **kwargs):
        super().__init__(in_channels, out_channels, kernel_size, stride, padding=0, **kwargs)
        self.pad_to = _pair(stride)

    def forward(self, x):
        ih, iw = x.size()[-2:]
        kh, kw = self.weight.size()[-2:]
        sh, sw = self.stride
        ph = max((math.ceil(ih / sh) - 1) * sh + kh - ih, 0)
        pw = max((math.ceil(iw / sw) - 1) * sw + kw - iw, 0)
        if ph > 0 or pw > 0:
            x = F.pad(x, [pw // 2, pw - pw // 2, ph // 2, ph - ph // 2])
        return super().forward(x)


class FP32LayerNorm(nn.LayerNorm):
    """Computes in float32, gives back the type of the input."""

    def forward(self, x: torch.Tensor):
        orig_type = x.dtype
        x = F.layer_norm(x.float(), self.normalized_shape, self.weight, self.bias, self.eps)
        return x.to(orig_type)


class LoRALinear(nn.Linear):
    def __init__(self, in_features, out_features, rank=2, alpha=4.0, **kwargs):
        super(LoRALinear, self).__init__(in_features, out_features, **kwargs)
        self.lora_a = nn.Parameter(torch.empty(rank, in_features))
        self.lora_b = nn.Parameter(torch.zeros(out_features, rank))
        self.scaling = alpha / rank
        nn.init.normal_(self.lora_a, std=1 / rank)
        self.weight.requires_grad = False

    def forward(self, x):
        return super().forward(x) + (x @ self.lora_a.T @ self.lora_b.t()) * self.scaling

    def extra_repr(self):
        return f"{self.in_features} -> {self.out_features}, rank {self.lora_a.shape[0]}"


class ScaledEmbedding(nn.Embedding):
    def __init__(self, num_embeddings: int, embedding_dim: int, padding_idx=None, scale: float = 1.0):
        super().__init__(num_embeddings, embedding_dim, padding_idx)
        self.embed_scale = scale

    def forward(self, input_ids: torch.Tensor):
        return super().forward(input_ids) * self.embed_scale


class Flatten(nn.Module):
    def forward(self, x): return x.view(x.shape[0], -1)


class PreNorm(nn.Sequential):
    def __init__(self, dim, *layers):
        super().__init__(nn.LayerNorm(dim), *layers)

    def forward(self, x):
        return x + super().forward(x)


class Swish(nn.SiLU):
    pass


class FrozenBatchNorm2d(nn.Module):
    """Batch norm whose statistics and factors never change."""

    def __init__(self, n, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.register_buffer("weight", torch.ones(n))
        self.register_buffer("bias", torch.zeros(n))
        self.register_buffer("running_mean", torch.zeros(n))
        self.register_buffer("running_var", torch.ones(n))

    def forward(self, x):
        scale = (self.weight * (self.running_var + self.eps).rsqrt()).reshape(1, -1, 1, 1)
        shift = self.bias.reshape(1, -1, 1, 1) - self.running_mean.reshape(1, -1, 1, 1) * scale
        return x * scale + shift


class FocalLoss(nn.CrossEntropyLoss):
    def __init__(self, gamma=2.0):
        super().__init__(reduction="none")
        self.gamma = gamma

    def forward(self, input, target):
        ce = super().forward(input, target)
        return ((1 - torch.exp(-ce)) ** self.gamma * ce).mean()


class Net(nn.Module):
    def __init__(self, n=4):
        super().__init__()
        self.body = nn.Sequential(StdConv2d(3, n, 3, padding=1), FrozenBatchNorm2d(n), Swish(),
                                  SamePadConv(n, n, 3, stride=2), Flatten())
        self.mix = PreNorm(n * 9, nn.Linear(n * 9, n * 9), Swish())
        self.head = LoRALinear(n * 9, 2, bias=True)

    def forward(self, x):
        return self.head(self.mix(self.body(x)))
