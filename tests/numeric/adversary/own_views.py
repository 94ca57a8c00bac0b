"""Parameters that are bound to a view of themselves and then written to: the caller's tensor changes in PyTorch."""
import torch
from torch import Tensor, nn


# run erased(x) | x=f32[2,3] | todo
def erase(t, i):
    t = t.view(-1)
    t[i] = -1


def erased(x):
    y = x.clone()
    erase(y, 5)
    return y


# run masked(x, m), x | x=f32[2,3,4] | m=bool[2,3] | todo
def masked(x: Tensor, mask):
    x = x.transpose(1, 2)
    x.masked_fill_(~mask.unsqueeze(1), 0.0)
    return x


# run batched(x), x | x=f32[2,3] | todo
def batched(img: Tensor):
    if img.dim() == 2:
        img = img.unsqueeze(0)
    img[:, 0] = 0
    return img


# run scaled_boxes(x), x | x=f32[3,4] | todo
def scaled_boxes(boxes: Tensor):
    boxes = boxes.reshape(-1, 2, 2)
    boxes[..., 0] *= 3
    return boxes.view(-1, 4)


# run copied_first(x), x | x=f32[2,3]
def copied_first(x: Tensor):
    x = x.clone()
    x = x.view(-1)
    x[0] = 5
    x += 1
    return x


# run computed_first(x), x | x=f32[2,3]
def computed_first(x: Tensor):
    x = x * 2
    x = x.transpose(0, 1)
    x.clamp_(min=0)
    return x


# run written_whole(x), x | x=f32[2,3]
def written_whole(x: Tensor):
    x += 1
    x[0] = 2
    x = x.view(-1)
    return x * 2


# run of_local(x), x | x=f32[2,3]
def of_local(x: Tensor):
    y = torch.zeros(2, 3)
    y = y.view(-1)
    y[1] = 3
    return y + x.sum()
