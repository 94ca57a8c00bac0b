"""Imports where they are needed, or where they may fail."""
from __future__ import annotations

from typing import TYPE_CHECKING, Optional
import mlx.core as mx
import mlx.nn as nn
from kit import mlx_compat as compat

try:
    HAS_TORCH = True
except ImportError:
    torch = None
    HAS_TORCH = False

try:
    from flash_attn_like import attention as fast_attention
except ImportError:
    fast_attention = None

if TYPE_CHECKING:
    from kit import Block


def pooled(x: mx.array, block: Optional[Block] = None) -> mx.array:
    x = nn.silu(x)
    return block(x) if block is not None else x.mean(axis=0)


def lazy(x: "mx.array"):

    class Local(nn.Module):
        def __call__(self, t):
            return compat.leaky_relu(t, 0.2)

    return Local()(x)


def attend(q, k, v):
    if fast_attention is not None:
        return fast_attention(q, k, v)
    return mx.softmax(q @ k.swapaxes(-1, -2), axis=-1, precise=True) @ v


if HAS_TORCH:
    def flat(x): return mx.flatten(x)
else:
    def flat(x): return x.reshape(-1)
