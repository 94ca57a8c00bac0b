"""Boxes, masks and values that decide about shapes."""
from typing import List, Tuple

import mlx.core as mx
import mlx_compat as compat


def box_cxcywh_to_xyxy(x: mx.array) -> mx.array:
    cx, cy, w, h = mx.unstack(x, axis=-1)
    corners = [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]
    return mx.stack(corners, axis=-1)


def area(boxes: mx.array) -> mx.array:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def iou(a: mx.array, b: mx.array) -> Tuple[mx.array, mx.array]:
    """All pairs: intersection over union, and the unions."""
    lt = mx.maximum(a[:, None, :2], b[:, :2])
    rb = mx.minimum(a[:, None, 2:], b[:, 2:])
    wh = mx.clip(rb - lt, 0, None)
    inter = wh[:, :, 0] * wh[:, :, 1]
    union = area(a)[:, None] + area(b) - inter
    return inter / union, union


def generalized_iou(a: mx.array, b: mx.array) -> mx.array:
    assert (a[:, 2:] >= a[:, :2]).all(), "boxes are upside down"
    score, union = iou(a, b)
    wh = mx.clip(compat.torch_maximum(a[:, None, 2:], b[:, 2:]) - compat.torch_minimum(a[:, None, :2], b[:, :2]), 0, None)
    hull = compat.torch_prod(wh, dim=-1)
    return score - (hull - union) / hull


def nms(boxes: mx.array, scores: mx.array, threshold: float) -> List[int]:
    """Greedy: the best box removes those that overlap it."""
    order = mx.stop_gradient(compat.argsort(scores, descending=True))
    keep = []
    while order.size > 0:
        i = order[0].item()
        keep.append(i)
        if order.size == 1:
            break
        overlap = compat.squeeze(iou(mx.expand_dims(boxes[i], 0), boxes[order[1:]])[0], 0)
        order = compat.getitem(order[1:], overlap <= threshold)
    return keep


def clip_boxes(boxes: mx.array, size: Tuple[int, int]) -> mx.array:
    h, w = size
    boxes = mx.array(boxes)
    boxes[..., 0::2] = mx.clip(boxes[..., 0::2], 0, w)
    boxes[..., 1::2] = mx.clip(boxes[..., 1::2], 0, h)
    return boxes


def masks_to_boxes(masks: mx.array) -> mx.array:
    """The smallest box around each mask (n, h, w)."""
    if masks.size == 0:
        return mx.zeros((0, 4))
    masks = masks.astype(mx.bool_)
    n, h, w = masks.shape
    sides = []
    for dim, size in ((1, w), (2, h)):
        line = masks.any(axis=dim)  # (n, size)
        pos = mx.tile(mx.arange(size, dtype=mx.float32), (n, 1))
        sides.append((mx.where(~line, 1e8, pos).min(axis=-1), mx.where(line, pos, -1.0).max(axis=-1)))
    (x0, x1), (y0, y1) = sides
    return mx.stack([x0, y0, x1, y1], axis=1)


def select(boxes: mx.array, scores: mx.array, threshold: float = 0.0):
    keep = scores > threshold
    if not keep.any():
        return boxes[:0], scores[:0], 0
    return compat.getitem(boxes, keep), compat.getitem(scores, keep), int(keep.sum())


def masked_mean(x: mx.array, mask: mx.array) -> mx.array:
    return compat.getitem(x, mask).mean() + (x * mask).sum() / mx.clip(mask.sum(), 1, None)


def positions(x: mx.array):
    idx = compat.squeeze(compat.nonzero(x > 0, as_tuple=False), 1)
    rows = compat.nonzero(x > 0, as_tuple=True)[0]
    values, counts = compat.unique((x * 2).round().astype(mx.int64), return_counts=True)
    return idx, rows, compat.nonzero(x), values, counts, compat.masked_select(x, x > 0)


def assign(scores: mx.array, gt: mx.array, low: float = 0.3):
    """Each anchor gets the best ground truth, or -1 if it is too bad."""
    best, match = compat.max_dim(scores, 1)
    compat.setitem(match, best < low, -1)
    forced = mx.stop_gradient(scores.argmax(axis=0).astype(mx.int64))
    match[forced] = mx.arange(len(gt))
    labels = mx.full((scores.shape[0],), -1, dtype=mx.int64)
    compat.setitem(labels, match >= 0, gt[compat.getitem(match, match >= 0)])
    return match, labels


def pad_and_stack(images: List[mx.array]) -> Tuple[mx.array, mx.array]:
    """Images of different sizes in one batch; the mask is True where there is no image."""
    shape = [len(images)] + [max(s) for s in zip(*[img.shape for img in images])]
    batch = mx.zeros(shape, dtype=images[0].dtype)
    mask = mx.ones((shape[0], shape[2], shape[3]), dtype=mx.bool_)
    for img, pad, m in zip(images, batch, mask):
        # TODO(torch2mlx): T2M401 this writes through a view of `batch`; an MLX view is a copy, so `batch` would keep its values
        pad[: img.shape[0], : img.shape[1], : img.shape[2]].copy_(img)
        # TODO(torch2mlx): T2M401 this writes through a view of `mask`; an MLX view is a copy, so `mask` would keep its values
        m[: img.shape[1], : img.shape[2]] = False
    return batch, mask
