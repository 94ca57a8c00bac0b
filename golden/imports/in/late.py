"""Imports where they are needed, or where they may fail."""
from __future__ import annotations

from typing import TYPE_CHECKING, Optional

try:
    import torch
    HAS_TORCH = True
except ImportError:
    torch = None
    HAS_TORCH = False

try:
    from flash_attn_like import attention as fast_attention
except ImportError:
    fast_attention = None

if TYPE_CHECKING:
    from torch import Tensor
    from kit import Block


def pooled(x: Tensor, block: Optional[Block] = None) -> Tensor:
    import torch.nn.functional as F
    x = F.silu(x)
    return block(x) if block is not None else x.mean(dim=0)


def lazy(x: "torch.Tensor"):
    from torch import nn
    from torch.nn import functional as fn

    class Local(nn.Module):
        def forward(self, t):
            return fn.leaky_relu(t, 0.2)

    return Local()(x)


def attend(q, k, v):
    if fast_attention is not None:
        return fast_attention(q, k, v)
    return torch.softmax(q @ k.transpose(-1, -2), dim=-1) @ v


if HAS_TORCH:
    def flat(x): return torch.flatten(x)
else:
    def flat(x): return x.ravel()
