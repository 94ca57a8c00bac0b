import mlx.core as mx

from .reduce_loss import reduce_loss
from .vector_norm import vector_norm


def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    """``F.cosine_similarity``: each norm is at least `eps`; the inputs broadcast."""
    x1, x2 = mx.broadcast_arrays(x1, x2)
    norms = (vector_norm(x, 2, dim, True) for x in (x1, x2))
    norm1, norm2 = (n + mx.stop_gradient(mx.maximum(n, eps) - n) for n in norms)  # PyTorch's clamp has gradient 1
    return mx.sum((x1 / norm1) * (x2 / norm2), axis=dim)


def pairwise_distance(x1, x2, p=2.0, eps=1e-6, keepdim=False):
    """``F.pairwise_distance``: the norm over the last dimension of the difference plus `eps`."""
    return vector_norm(x1 - x2 + float(eps), p, -1, keepdim)


def cdist(x1, x2, p=2.0):
    """``torch.cdist``: the distance of every row of x1 to every row of x2."""
    return vector_norm(x1[..., :, None, :] - x2[..., None, :, :], p, -1)


def pdist(input, p=2.0):
    """``F.pdist``: the distances between the rows, each pair once."""
    first, second = (mx.array(k) for k in _pairs(input.shape[0]))
    return vector_norm(input[first] - input[second], p, -1)


def _pairs(n):
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    return [i for i, _ in pairs], [j for _, j in pairs]


def triplet_margin_loss(anchor, positive, negative, margin=1.0, p=2.0, eps=1e-6, swap=False, reduction="mean"):
    """``F.triplet_margin_loss``; `swap` takes the negative's distance to the positive where that is smaller."""
    return triplet_margin_with_distance_loss(
        anchor,
        positive,
        negative,
        distance_function=lambda x, y: pairwise_distance(x, y, p, eps),
        margin=margin,
        swap=swap,
        reduction=reduction,
    )


def triplet_margin_with_distance_loss(
    anchor, positive, negative, distance_function=None, margin=1.0, swap=False, reduction="mean"
):
    """``F.triplet_margin_with_distance_loss``: the distance is `pairwise_distance` unless a function is given."""
    distance = pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = mx.minimum(far, distance(positive, negative))
    return reduce_loss(mx.maximum(near - far + margin, 0), reduction)
