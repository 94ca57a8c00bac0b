from __future__ import annotations

from typing import TYPE_CHECKING
import mlx.core as mx
import mlx.nn as nn
from .. import mlx_compat as compat

def count_params(module: nn.Module, trainable_only: bool = False) -> int:
    return sum(p.size for p in compat.parameters(module) if compat.requires_grad(module, p) or not trainable_only)


def channels_of(x: mx.array) -> int:
    """Channels of a batch of images or of tokens."""
    return x.shape[1] if x.ndim == 4 else x.shape[-1]
