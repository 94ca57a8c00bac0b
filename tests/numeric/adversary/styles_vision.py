"""Programs about images, as people write them: boxes, losses, augmentation, metrics."""
import math
from typing import List, Optional, Tuple

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor


# run box_iou(a, b), giou(a, b) | a=f32[3,4] > 0 | b=f32[2,4] > 0
def box_area(boxes):
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def to_xyxy(b):
    return torch.cat([b[:, :2], b[:, :2] + b[:, 2:]], -1)


def box_iou(a, b):
    a, b = to_xyxy(a), to_xyxy(b)
    lt = torch.max(a[:, None, :2], b[:, :2])
    rb = torch.min(a[:, None, 2:], b[:, 2:])
    wh = (rb - lt).clamp(min=0)
    inter = wh[:, :, 0] * wh[:, :, 1]
    union = box_area(a)[:, None] + box_area(b) - inter
    return inter / union, union


def giou(a, b):
    iou, union = box_iou(a, b)
    a, b = to_xyxy(a), to_xyxy(b)
    lt = torch.min(a[:, None, :2], b[:, :2])
    rb = torch.max(a[:, None, 2:], b[:, 2:])
    wh = (rb - lt).clamp_(min=0)
    area = wh[..., 0] * wh[..., 1]
    return iou - (area - union) / area


# run nms(b, s, 0.3) | b=f32[6,4] > 0 | s=f32[6] > 0 | check=kind
def nms(boxes: Tensor, scores: Tensor, thresh: float):
    boxes = to_xyxy(boxes)
    order = scores.argsort(descending=True)
    keep = []
    while order.numel() > 0:
        i = order[0]
        keep.append(i.item())
        if order.numel() == 1:
            break
        iou = nms_iou(boxes[i], boxes[order[1:]])
        inds = (iou <= thresh).nonzero().squeeze(1)
        order = order[inds + 1]
    return torch.tensor(keep, dtype=torch.long)


def nms_iou(box, boxes):
    xx1 = boxes[:, 0].clamp(min=box[0].item())
    yy1 = torch.maximum(boxes[:, 1], box[1])
    xx2 = boxes[:, 2].clamp(max=box[2].item())
    yy2 = torch.minimum(boxes[:, 3], box[3])
    inter = (xx2 - xx1).clamp(min=0) * (yy2 - yy1).clamp(min=0)
    area = (box[2] - box[0]) * (box[3] - box[1])
    return inter / (area + box_area(boxes) - inter)


# run anchors(2, 3, 16) | check=kind
def anchors(h, w, stride, scales=(8, 16), ratios=(0.5, 1, 2)):
    base = []
    for s in scales:
        for r in ratios:
            hh, ww = s * math.sqrt(r), s / math.sqrt(r)
            base.append([-ww / 2, -hh / 2, ww / 2, hh / 2])
    base = torch.tensor(base)
    ys, xs = torch.meshgrid(torch.arange(h) * stride, torch.arange(w) * stride, indexing="ij")
    shifts = torch.stack((xs.reshape(-1), ys.reshape(-1), xs.reshape(-1), ys.reshape(-1)), 1)
    return (shifts.view(-1, 1, 4) + base.view(1, -1, 4)).reshape(-1, 4)


# run focal(x, t), dice(x, t), tversky(x, t) | x=f32[2,3,4,4] | t=i64[2,4,4] < 3 | grad=x
def focal(logits, target, gamma=2.0, alpha=0.25):
    onehot = F.one_hot(target, logits.shape[1]).permute(0, 3, 1, 2).type_as(logits)
    p = torch.sigmoid(logits)
    ce = F.binary_cross_entropy_with_logits(logits, onehot, reduction="none")
    pt = p * onehot + (1 - p) * (1 - onehot)
    loss = ce * (1 - pt) ** gamma
    if alpha >= 0:
        loss = loss * (alpha * onehot + (1 - alpha) * (1 - onehot))
    return loss.mean(1).sum()


def dice(logits, target, eps=1e-6):
    n, c = logits.shape[:2]
    probs = logits.softmax(1).view(n, c, -1)
    onehot = torch.zeros_like(logits).scatter_(1, target.unsqueeze(1), 1).view(n, c, -1)
    inter = (probs * onehot).sum(-1)
    card = (probs + onehot).sum(-1)
    return 1 - (2 * inter / (card + eps)).mean()


def tversky(logits, target, a=0.3, b=0.7):
    p = F.softmax(logits, dim=1)
    t = F.one_hot(target, p.size(1)).movedim(-1, 1).float()
    tp = torch.sum(p * t, dim=(0, 2, 3))
    fp = torch.sum(p * (1 - t), dim=(0, 2, 3))
    fn = torch.sum((1 - p) * t, (0, 2, 3))
    return 1 - torch.mean(tp / (tp + a * fp + b * fn + 1e-7))


# run confusion(p, t, 3), miou(p, t, 3), top_k(x, y) | p=i64[2,5] < 3 | t=i64[2,5] < 3 | x=f32[4,6] | y=i64[4] < 6 | check=kind
def confusion(pred, target, n):
    mask = (target >= 0) & (target < n)
    idx = n * target[mask].to(torch.int64) + pred[mask]
    return torch.bincount(idx, minlength=n ** 2).reshape(n, n)


def miou(pred, target, n):
    h = confusion(pred.flatten(), target.flatten(), n).float()
    iou = torch.diag(h) / (h.sum(1) + h.sum(0) - torch.diag(h))
    return iou, iou[~torch.isnan(iou)].mean(), torch.nanmean(iou), torch.diag(h).sum() / h.sum()


def top_k(output, target, topk=(1, 3)):
    maxk = max(topk)
    batch_size = target.size(0)
    _, pred = output.topk(maxk, 1, True, True)
    pred = pred.t()
    correct = pred.eq(target.view(1, -1).expand_as(pred))
    res = []
    for k in topk:
        correct_k = correct[:k].reshape(-1).float().sum(0, keepdim=True)
        res.append(correct_k.mul_(100.0 / batch_size))
    return res


# run normalize(x), denorm(x), to_uint8(x), grid(x) | x=f32[4,3,4,4] | todo
MEAN = torch.tensor([0.485, 0.456, 0.406])
STD = [0.229, 0.224, 0.225]


def normalize(img):
    mean = MEAN.view(1, 3, 1, 1)
    std = torch.as_tensor(STD, dtype=img.dtype, device=img.device)[None, :, None, None]
    return img.sub(mean).div(std)


def denorm(x):
    x = x.clone()
    for c in range(3):
        x[:, c].mul_(STD[c]).add_(MEAN[c])
    return x.clamp(0, 1)


def to_uint8(x):
    return x.mul(255).add_(0.5).clamp_(0, 255).to(torch.uint8), (x.clamp(0, 1) * 255).round().byte().float()


def grid(x, nrow=2, pad=1):
    n, c, h, w = x.shape
    rows = math.ceil(n / nrow)
    out = x.new_full((c, rows * (h + pad) + pad, nrow * (w + pad) + pad), 0.5)
    k = 0
    for i in range(rows):
        for j in range(nrow):
            if k >= n:
                break
            out.narrow(1, i * (h + pad) + pad, h).narrow(2, j * (w + pad) + pad, w).copy_(x[k])
            k += 1
    return out


# run mixup(x, y, i, 0.3), cutout(x), flip(x) | x=f32[4,3,6,6] | y=i64[4] < 5 | i=i64[4] < 4
def mixup(x, y, index, lam):
    mixed = lam * x + (1 - lam) * x[index, :]
    y1 = F.one_hot(y, 5) * lam
    y2 = F.one_hot(y[index], 5) * (1 - lam)
    return mixed, y1 + y2


def cutout(x, size=2):
    h, w = x.size(-2), x.size(-1)
    mask = torch.ones(h, w, dtype=x.dtype)
    y1, y2 = h // 2 - size // 2, h // 2 + size // 2
    mask[y1:y2, y1:y2] = 0.
    x *= mask
    return x


def flip(x):
    x[::2] = x[::2].flip(-1)
    return x.rot90(1, (2, 3)), x[..., torch.arange(x.size(-1) - 1, -1, -1)]


# run ssim(x, y), psnr(x, y), tv(x), gradient(x) | x=f32[1,2,12,12] > 0 | y=f32[1,2,12,12] > 0 | grad=x | tol=1e-4
def gaussian(size, sigma):
    g = torch.Tensor([math.exp(-(i - size // 2) ** 2 / float(2 * sigma ** 2)) for i in range(size)])
    return g / g.sum()


def ssim(a, b, size=5):
    c = a.size(1)
    k = gaussian(size, 1.5).unsqueeze(1)
    win = k.mm(k.t()).float().unsqueeze(0).unsqueeze(0).expand(c, 1, size, size).contiguous()
    mu1, mu2 = F.conv2d(a, win, padding=size // 2, groups=c), F.conv2d(b, win, padding=size // 2, groups=c)
    s1 = F.conv2d(a * a, win, padding=size // 2, groups=c) - mu1.pow(2)
    s2 = F.conv2d(b * b, win, padding=size // 2, groups=c) - mu2.pow(2)
    s12 = F.conv2d(a * b, win, padding=size // 2, groups=c) - mu1 * mu2
    c1, c2 = 0.01 ** 2, 0.03 ** 2
    return (((2 * mu1 * mu2 + c1) * (2 * s12 + c2)) / ((mu1 ** 2 + mu2 ** 2 + c1) * (s1 + s2 + c2))).mean()


def psnr(a, b):
    mse = ((a - b) ** 2).view(a.shape[0], -1).mean(1)
    return (10 * torch.log10(1 / mse)).mean(), -10. * torch.log(mse) / math.log(10)


def tv(x):
    h = torch.abs(x[:, :, 1:, :] - x[:, :, :-1, :]).sum()
    w = torch.pow(x[:, :, :, 1:] - x[:, :, :, :-1], 2).sum()
    return (h + w) / x.numel()


def gradient(x):
    kx = torch.tensor([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], dtype=torch.float32).view(1, 1, 3, 3).repeat(2, 1, 1, 1)
    gx = F.conv2d(x, kx, padding=1, groups=2)
    gy = F.conv2d(x, kx.transpose(2, 3), padding=1, groups=2)
    return torch.sqrt(gx ** 2 + gy ** 2 + 1e-6), F.unfold(x, 3, padding=1).sum(1), F.pad(x, (1, 1, 0, 0), mode="replicate")
