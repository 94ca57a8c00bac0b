"""Dtypes that a caller may leave out, dtypes that prove a tensor, and tuples that come out of a block without gradients."""

from typing import Optional

import torch
import torch.nn as nn


def filter_of(n: int, device: Optional[str] = None, dtype: Optional[type] = None):
    return torch.hann_window(n + 2, periodic=False, device=device, dtype=dtype)[1:-1]


def windows(n, dtype=None):
    made = [torch.hann_window(n, dtype=dtype), torch.hamming_window(n, periodic=False, dtype=dtype)]
    return made + [torch.blackman_window(n, dtype=dtype), torch.bartlett_window(n, dtype=dtype)]


# run filter_of(6) | tol=1e-4
# run half_filters(6) | tol=1e-2
# run windows(6) | tol=1e-4
def half_filters(n):
    return filter_of(n, dtype=torch.float16), windows(n, torch.float16)


def dice_parts(x, axes):
    return x.sum(axes, dtype=torch.float32), x.mean(0, dtype=torch.float32)


# run dice_parts(x, (0, 2)) | x=f16[2,3,4] | tol=1e-2
# run dice_parts(x, (0,)) | x=f32[2,3]


class Codec(nn.Module):
    def forward(self, x, return_encoded=False):
        y = x * 2
        if not return_encoded:
            return y
        return y, y.argmax(-1, keepdim=True), None


class Other(nn.Module):
    def forward(self, x, return_encoded=False):
        return x * 3, (x * 3).argmin(-1, keepdim=True), None


class Wrap(nn.Module):
    def __init__(self, codec=None):
        super().__init__()
        self.codec = codec
        self.w = nn.Parameter(torch.ones(3))

    def forward(self, x):
        with torch.no_grad():
            y, ids, _ = self.codec(x * self.w, return_encoded=True)
            ids = ids[..., :1]
        return ids * self.w + y * self.w


# run m = Wrap(Codec()); m(x) | model=m | x=f32[2,3] | grad=parameters
# run m = Wrap(Other()); m(x) | model=m | x=f32[2,3] | grad=parameters


class Rows(nn.Module):
    """A tensor that is taken apart is an array as before."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        with torch.no_grad():
            a, b = torch.stack([self.fc(x), x])
        return self.fc(x) * a + b


# run m = Rows(); m(x) | model=m | x=f32[2,3] | grad=parameters
