from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch.nn as nn
    from torch import Tensor


def count_params(module: nn.Module, trainable_only: bool = False) -> int:
    return sum(p.numel() for p in module.parameters() if p.requires_grad or not trainable_only)


def channels_of(x: Tensor) -> int:
    """Channels of a batch of images or of tokens."""
    return x.shape[1] if x.ndim == 4 else x.shape[-1]
