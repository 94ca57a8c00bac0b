import math

import mlx.core as mx

from .boxes import larger_box_edge, smaller_box_edge


def _float_boxes(boxes):
    return boxes if boxes.dtype == mx.float32 else boxes.astype(mx.float32)


def _overlap(boxes1, boxes2):
    """(intersection, union, sides of the smallest box around both) of the i-th boxes."""
    low1, high1, low2, high2 = boxes1[..., :2], boxes1[..., 2:], boxes2[..., :2], boxes2[..., 2:]
    sides = smaller_box_edge(high1, high2) - larger_box_edge(low1, low2)
    intersection = mx.where((sides > 0).all(axis=-1), sides[..., 0] * sides[..., 1], 0)
    area1, area2 = (high1 - low1).prod(axis=-1), (high2 - low2).prod(axis=-1)
    return intersection, area1 + area2 - intersection, larger_box_edge(high1, high2) - smaller_box_edge(low1, low2)


def _reduced(loss, reduction):
    if reduction == "none":
        return loss
    if reduction == "sum" or (reduction == "mean" and loss.size == 0):
        return mx.sum(loss)
    if reduction == "mean":
        return mx.mean(loss)
    raise ValueError(f"Invalid Value for arg 'reduction': '{reduction}'. Supported reduction modes: 'none', 'mean', 'sum'")


def generalized_box_iou_loss(boxes1, boxes2, reduction="none", eps=1e-7):
    """``torchvision.ops.generalized_box_iou_loss`` of the i-th boxes of both sets."""
    intersection, union, hull = _overlap(_float_boxes(boxes1), _float_boxes(boxes2))
    area = hull[..., 0] * hull[..., 1]
    return _reduced(1 - intersection / (union + eps) + (area - union) / (area + eps), reduction)


def _distance_loss_and_iou(boxes1, boxes2, eps=1e-7):
    intersection, union, hull = _overlap(boxes1, boxes2)
    iou = intersection / (union + eps)
    centers1, centers2 = ((boxes[..., :2] + boxes[..., 2:]) / 2 for boxes in (boxes1, boxes2))
    distance = mx.square(centers1 - centers2).sum(axis=-1)
    return 1 - iou + distance / (mx.square(hull).sum(axis=-1) + eps), iou


def distance_box_iou_loss(boxes1, boxes2, reduction="none", eps=1e-7):
    """``torchvision.ops.distance_box_iou_loss`` of the i-th boxes of both sets."""
    loss, _ = _distance_loss_and_iou(_float_boxes(boxes1), _float_boxes(boxes2), eps)
    return _reduced(loss, reduction)


def complete_box_iou_loss(boxes1, boxes2, reduction="none", eps=1e-7):
    """``torchvision.ops.complete_box_iou_loss`` of the i-th boxes of both sets."""
    boxes1, boxes2 = _float_boxes(boxes1), _float_boxes(boxes2)
    loss, iou = _distance_loss_and_iou(boxes1, boxes2)
    sides1, sides2 = (boxes[..., 2:] - boxes[..., :2] for boxes in (boxes1, boxes2))
    shape = 4 / math.pi**2 * mx.square(mx.arctan(sides2[..., 0] / sides2[..., 1]) - mx.arctan(sides1[..., 0] / sides1[..., 1]))
    return _reduced(loss + mx.stop_gradient(shape / (1 - iou + shape + eps)) * shape, reduction)
