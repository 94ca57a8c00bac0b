import mlx.core as mx


def dice_score(pred: mx.array, target: mx.array, eps: float = 1e-6, per_image: bool = True) -> mx.array:
    """Overlap of two soft masks (..., h, w), between 0 and 1. Two empty masks agree."""
    assert pred.shape == target.shape, f"{tuple(pred.shape)} and {tuple(target.shape)} differ"
    axes = (-1, -2) if per_image or pred.ndim == 2 else (-1, -2, -3)
    overlap = 2 * (pred * target).sum(axis=axes)
    total = pred.sum(axis=axes) + target.sum(axis=axes)
    total = mx.where(total == 0, overlap, total)
    return ((overlap + eps) / (total + eps)).mean()


def dice_loss(pred: mx.array, target: mx.array) -> mx.array:
    """One minus the score, classes (axis 1) counted as images."""
    return 1 - dice_score(pred.flatten(0, 1), target.flatten(0, 1), per_image=False)
