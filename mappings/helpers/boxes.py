import math

import mlx.core as mx
import numpy as np

from .host_array import host_array
from .to_float import is_floating_point


def _wide(boxes):
    """What torchvision computes areas in: at least 32 bits."""
    if is_floating_point(boxes):
        return boxes.astype(mx.float32) if boxes.dtype in (mx.float16, mx.bfloat16) else boxes
    return boxes if boxes.dtype in (mx.int32, mx.int64) else boxes.astype(mx.int32)


def larger_box_edge(a, b):
    """The larger one; where they are equal, each gets half of the gradient, as in PyTorch."""
    first, second = mx.maximum(a, b), mx.maximum(b, a)
    return first / 2 + second / 2 if is_floating_point(first) else first


def smaller_box_edge(a, b):
    """The smaller one; where they are equal, each gets half of the gradient, as in PyTorch."""
    first, second = mx.minimum(a, b), mx.minimum(b, a)
    return first / 2 + second / 2 if is_floating_point(first) else first


def _corners(boxes, fmt):
    """(left and top, right and bottom) of boxes in one of torchvision's formats."""
    first, second = boxes[..., :2], boxes[..., 2:]
    if fmt == "xyxy":
        return first, second
    if fmt == "xywh":
        return first, first + second
    if fmt == "cxcywh":
        return first - 0.5 * second, first + 0.5 * second
    raise ValueError(f"Unsupported format '{fmt}': boxes that are not rotated are 'xyxy', 'xywh' or 'cxcywh'")


def box_area(boxes, fmt="xyxy"):
    """``torchvision.ops.box_area``: the areas of boxes (..., 4)."""
    if fmt not in ("xyxy", "xywh", "cxcywh"):
        raise ValueError(f"Unsupported Bounding Box area for given format {fmt}")
    boxes = _wide(boxes)
    sides = boxes[..., 2:] - boxes[..., :2] if fmt == "xyxy" else boxes[..., 2:]
    return sides[..., 0] * sides[..., 1]


def _box_pairs(boxes1, boxes2, fmt="xyxy"):
    """The corners of each box of the first set beside each box of the second one: (..., N, 1, 2) and (..., 1, M, 2)."""
    low1, high1 = (corner[..., :, None, :] for corner in _corners(boxes1, fmt))
    low2, high2 = (corner[..., None, :, :] for corner in _corners(boxes2, fmt))
    return low1, high1, low2, high2


def _intersection_and_union(boxes1, boxes2, fmt="xyxy"):
    low1, high1, low2, high2 = _box_pairs(boxes1, boxes2, fmt)
    sides = mx.maximum(0, _wide(smaller_box_edge(high1, high2) - larger_box_edge(low1, low2)))
    intersection = sides[..., 0] * sides[..., 1]
    union = box_area(boxes1, fmt)[..., :, None] + box_area(boxes2, fmt)[..., None, :] - intersection
    return intersection, union


def _hull(boxes1, boxes2):
    """Width and height of the smallest box around each pair."""
    low1, high1, low2, high2 = _box_pairs(boxes1, boxes2)
    return mx.maximum(0, _wide(larger_box_edge(high1, high2) - smaller_box_edge(low1, low2)))


def box_iou(boxes1, boxes2, fmt="xyxy"):
    """``torchvision.ops.box_iou``: intersection over union of every box of one set with every box of the other, (..., N, M)."""
    intersection, union = _intersection_and_union(boxes1, boxes2, fmt)
    return intersection / union


def generalized_box_iou(boxes1, boxes2):
    """``torchvision.ops.generalized_box_iou``: less the share of the smallest box around a pair that neither covers."""
    intersection, union = _intersection_and_union(boxes1, boxes2)
    hull = _hull(boxes1, boxes2)
    area = hull[..., 0] * hull[..., 1]
    return intersection / union - (area - union) / area


def distance_box_iou(boxes1, boxes2, eps=1e-7):
    """``torchvision.ops.distance_box_iou``: less the distance of the centers, measured by the box around both."""
    boxes1, boxes2 = _wide(boxes1), _wide(boxes2)
    low1, high1, low2, high2 = _box_pairs(boxes1, boxes2)
    distance = mx.square((low1 + high1) / 2 - (low2 + high2) / 2).sum(axis=-1)
    return box_iou(boxes1, boxes2) - distance / (mx.square(_hull(boxes1, boxes2)).sum(axis=-1) + eps)


def complete_box_iou(boxes1, boxes2, eps=1e-7):
    """``torchvision.ops.complete_box_iou``: the distance IoU, less the difference of the shapes."""
    boxes1, boxes2 = _wide(boxes1), _wide(boxes2)
    low1, high1, low2, high2 = _box_pairs(boxes1, boxes2)
    angles1, angles2 = (mx.arctan(sides[..., 0] / sides[..., 1]) for sides in (high1 - low1, high2 - low2))
    shape = 4 / math.pi**2 * mx.square(angles1 - angles2)
    weight = mx.stop_gradient(shape / (1 - box_iou(boxes1, boxes2) + shape + eps))
    return distance_box_iou(boxes1, boxes2, eps) - weight * shape


def box_convert(boxes, in_fmt, out_fmt):
    """``torchvision.ops.box_convert`` between "xyxy", "xywh" and "cxcywh"; the formats of rotated boxes are refused."""
    for fmt in (in_fmt, out_fmt):
        if fmt in ("xywhr", "cxcywhr", "xyxyxyxy"):
            raise NotImplementedError(f"box_convert: rotated boxes ('{fmt}') are not ported")
        if fmt not in ("xyxy", "xywh", "cxcywh"):
            raise ValueError(f"Unsupported Bounding Box Conversions for given in_fmt {in_fmt} and out_fmt {out_fmt}")
    if in_fmt == out_fmt:
        return mx.array(boxes)
    low, high = _corners(boxes, in_fmt)
    sides = high - low if in_fmt == "xyxy" else boxes[..., 2:]
    first = {"xyxy": low, "xywh": low, "cxcywh": (low + high) / 2}[out_fmt]
    return mx.concatenate([first, high if out_fmt == "xyxy" else sides], axis=-1)


def clip_boxes_to_image(boxes, size):
    """``torchvision.ops.clip_boxes_to_image``: boxes (..., 4) within an image of `size`, (height, width)."""
    height, width = size
    return mx.clip(boxes, 0, mx.array([width, height, width, height], dtype=boxes.dtype))


def remove_small_boxes(boxes, min_size):
    """``torchvision.ops.remove_small_boxes``: the int64 positions of the boxes with both sides of at least `min_size`. Evaluates its input."""
    sides = boxes[..., 2:] - boxes[..., :2]
    return mx.array(np.nonzero(host_array((sides >= min_size).all(axis=-1)))[0].astype(np.int64))


def masks_to_boxes(masks):
    """``torchvision.ops.masks_to_boxes``: the first and last column and row of each mask (N, H, W) as float32 boxes; zeros for an empty mask."""
    if masks.size == 0:
        return mx.zeros((0, 4))
    masks = masks != 0
    edges = []
    for lines in (masks.any(axis=1), masks.any(axis=2)):
        edges.append((mx.argmax(lines, axis=1), lines.shape[1] - 1 - mx.argmax(lines[:, ::-1], axis=1).astype(mx.int32)))
    (left, right), (top, bottom) = edges
    boxes = mx.stack([left, top, right, bottom], axis=1).astype(mx.float32)
    return mx.where(masks.any(axis=(1, 2))[:, None], boxes, 0)
