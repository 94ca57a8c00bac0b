import torch
from torch import Tensor


def dice_score(pred: Tensor, target: Tensor, eps: float = 1e-6, per_image: bool = True) -> Tensor:
    """Overlap of two soft masks (..., h, w), between 0 and 1. Two empty masks agree."""
    assert pred.size() == target.size(), f"{tuple(pred.size())} and {tuple(target.size())} differ"
    axes = (-1, -2) if per_image or pred.dim() == 2 else (-1, -2, -3)
    overlap = 2 * (pred * target).sum(dim=axes)
    total = pred.sum(dim=axes) + target.sum(dim=axes)
    total = torch.where(total == 0, overlap, total)
    return ((overlap + eps) / (total + eps)).mean()


def dice_loss(pred: Tensor, target: Tensor) -> Tensor:
    """One minus the score, classes (axis 1) counted as images."""
    return 1 - dice_score(pred.flatten(0, 1), target.flatten(0, 1), per_image=False)
