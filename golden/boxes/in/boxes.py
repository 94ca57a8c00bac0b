"""Boxes, masks and values that decide about shapes."""
from typing import List, Tuple

import torch
from torch import Tensor


def box_cxcywh_to_xyxy(x: Tensor) -> Tensor:
    cx, cy, w, h = x.unbind(-1)
    corners = [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]
    return torch.stack(corners, dim=-1)


def area(boxes: Tensor) -> Tensor:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def iou(a: Tensor, b: Tensor) -> Tuple[Tensor, Tensor]:
    """All pairs: intersection over union, and the unions."""
    lt = torch.max(a[:, None, :2], b[:, :2])
    rb = torch.min(a[:, None, 2:], b[:, 2:])
    wh = (rb - lt).clamp(min=0)
    inter = wh[:, :, 0] * wh[:, :, 1]
    union = area(a)[:, None] + area(b) - inter
    return inter / union, union


def generalized_iou(a: Tensor, b: Tensor) -> Tensor:
    assert (a[:, 2:] >= a[:, :2]).all(), "boxes are upside down"
    score, union = iou(a, b)
    wh = (torch.maximum(a[:, None, 2:], b[:, 2:]) - torch.minimum(a[:, None, :2], b[:, :2])).clamp(min=0)
    hull = wh.prod(-1)
    return score - (hull - union) / hull


def nms(boxes: Tensor, scores: Tensor, threshold: float) -> List[int]:
    """Greedy: the best box removes those that overlap it."""
    order = scores.argsort(descending=True)
    keep = []
    while order.numel() > 0:
        i = order[0].item()
        keep.append(i)
        if order.numel() == 1:
            break
        overlap = iou(boxes[i].unsqueeze(0), boxes[order[1:]])[0].squeeze(0)
        order = order[1:][overlap <= threshold]
    return keep


def clip_boxes(boxes: Tensor, size: Tuple[int, int]) -> Tensor:
    h, w = size
    boxes = boxes.clone()
    boxes[..., 0::2].clamp_(min=0, max=w)
    boxes[..., 1::2].clamp_(min=0, max=h)
    return boxes


def masks_to_boxes(masks: Tensor) -> Tensor:
    """The smallest box around each mask (n, h, w)."""
    if masks.numel() == 0:
        return torch.zeros((0, 4), device=masks.device)
    masks = masks.bool()
    n, h, w = masks.shape
    sides = []
    for dim, size in ((1, w), (2, h)):
        line = masks.any(dim=dim)  # (n, size)
        pos = torch.arange(size, dtype=torch.float).repeat(n, 1)
        sides.append((pos.masked_fill(~line, 1e8).min(-1)[0], torch.where(line, pos, -1.0).amax(dim=-1)))
    (x0, x1), (y0, y1) = sides
    return torch.stack([x0, y0, x1, y1], 1)


def select(boxes: Tensor, scores: Tensor, threshold: float = 0.0):
    keep = scores > threshold
    if not keep.any():
        return boxes[:0], scores[:0], 0
    return boxes[keep], scores[keep], int(keep.sum())


def masked_mean(x: Tensor, mask: Tensor) -> Tensor:
    return x[mask].mean() + (x * mask).sum() / mask.sum().clamp(min=1)


def positions(x: Tensor):
    idx = (x > 0).nonzero(as_tuple=False).squeeze(1)
    rows = torch.where(x > 0)[0]
    values, counts = torch.unique((x * 2).round().long(), return_counts=True)
    return idx, rows, torch.nonzero(x), values, counts, torch.masked_select(x, x > 0)


def assign(scores: Tensor, gt: Tensor, low: float = 0.3):
    """Each anchor gets the best ground truth, or -1 if it is too bad."""
    best, match = scores.max(dim=1)
    match[best < low] = -1
    forced = scores.argmax(dim=0)
    match[forced] = torch.arange(len(gt), device=match.device)
    labels = torch.full((scores.size(0),), -1, dtype=torch.int64)
    labels[match >= 0] = gt[match[match >= 0]]
    return match, labels


def pad_and_stack(images: List[Tensor]) -> Tuple[Tensor, Tensor]:
    """Images of different sizes in one batch; the mask is True where there is no image."""
    shape = [len(images)] + [max(s) for s in zip(*[img.shape for img in images])]
    batch = torch.zeros(shape, dtype=images[0].dtype)
    mask = torch.ones((shape[0], shape[2], shape[3]), dtype=torch.bool)
    for img, pad, m in zip(images, batch, mask):
        pad[: img.shape[0], : img.shape[1], : img.shape[2]].copy_(img)
        m[: img.shape[1], : img.shape[2]] = False
    return batch, mask
