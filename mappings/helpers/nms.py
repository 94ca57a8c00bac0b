import mlx.core as mx
import numpy as np

from .host_array import host_array


def nms(boxes, scores, iou_threshold):
    """``torchvision.ops.nms``: the int64 positions of the boxes that no better one overlaps by more than `iou_threshold`, best first.

    Evaluates its input: which boxes stay depends on their values.
    """
    x1, y1, x2, y2 = host_array(boxes).reshape(-1, 4).T
    areas = (x2 - x1) * (y2 - y1)
    order = np.argsort(-host_array(scores), kind="stable")
    keep = []
    while order.size:
        best, order = order[0], order[1:]
        keep.append(best)
        widths = np.minimum(x2[best], x2[order]) - np.maximum(x1[best], x1[order])
        heights = np.minimum(y2[best], y2[order]) - np.maximum(y1[best], y1[order])
        intersection = np.maximum(widths, 0) * np.maximum(heights, 0)
        with np.errstate(invalid="ignore"):  # boxes without area
            iou = intersection / (areas[best] + areas[order] - intersection)
        order = order[~(iou.astype(np.float64) > iou_threshold)]
    return mx.array(np.array(keep, dtype=np.int64))


def batched_nms(boxes, scores, idxs, iou_threshold):
    """``torchvision.ops.batched_nms``: `nms` among the boxes of each class in `idxs`. As there, up to 1000 boxes are moved apart by class."""
    if boxes.size == 0:
        return mx.zeros((0,), dtype=mx.int64)
    if boxes.size <= 4000:
        offsets = idxs.astype(boxes.dtype) * (mx.max(boxes) + 1)
        return nms(boxes + offsets[:, None], scores, iou_threshold)
    classes, points = host_array(idxs), host_array(scores)
    keep = []
    for one in np.unique(classes):
        own = np.flatnonzero(classes == one)
        keep.append(own[host_array(nms(boxes[mx.array(own)], scores[mx.array(own)], iou_threshold))])
    keep = np.sort(np.concatenate(keep))
    return mx.array(keep[np.argsort(-points[keep], kind="stable")].astype(np.int64))
