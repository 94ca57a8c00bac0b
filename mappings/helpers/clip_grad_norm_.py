import math

import mlx.core as mx
from mlx.utils import tree_flatten, tree_map


def clip_grad_norm_(gradients, max_norm, norm_type=2.0, error_if_nonfinite=False, foreach=None):
    """PyTorch's `clip_grad_norm_` on a tree of gradients: returns (clipped gradients, norm before)."""
    leaves = [mx.abs(gradient).astype(mx.float32) for _, gradient in tree_flatten(gradients)]
    if not leaves:
        return gradients, mx.array(0.0)
    if norm_type in (math.inf, "inf"):
        total = mx.max(mx.stack([mx.max(leaf) for leaf in leaves]))
    else:
        total = sum(mx.sum(mx.power(leaf, norm_type)) for leaf in leaves) ** (1.0 / norm_type)
    if error_if_nonfinite and not mx.isfinite(total).item():
        raise RuntimeError(f"the total norm of order {norm_type} of the gradients is not finite")
    scale = mx.minimum(max_norm / (total + 1e-6), 1.0)
    return tree_map(lambda gradient: gradient * scale.astype(gradient.dtype), gradients), total


def clip_grad_value_(gradients, clip_value):
    """PyTorch's `clip_grad_value_` on a tree of gradients: returns the clipped gradients."""
    return tree_map(lambda gradient: mx.clip(gradient, -clip_value, clip_value), gradients)
