import numpy as np
import torch

CLASSES = ["disc", "square", "cross", "stripes"]
MEAN, STD = 0.3, 0.35


def draw(kind, size, rng):
    """One grey picture of `kind`, somewhere in the frame, as a float array (size, size)."""
    yy, xx = np.mgrid[0:size, 0:size]
    r = rng.integers(size // 6, size // 3)
    cy, cx = rng.integers(r, size - r, size=2)
    dy, dx = np.abs(yy - cy), np.abs(xx - cx)
    if kind == "disc":
        shape = dy ** 2 + dx ** 2 <= r ** 2
    elif kind == "square":
        shape = np.maximum(dy, dx) <= r
    elif kind == "cross":
        shape = (np.minimum(dy, dx) <= 1) & (np.maximum(dy, dx) <= r)
    else:
        shape = (xx + rng.integers(0, 4)) % 4 < 2
    img = 0.1 + 0.8 * shape.astype(np.float32)
    return img + rng.normal(0, 0.1, img.shape).astype(np.float32)


def make_split(n, size=24, seed=0):
    """`n` images as a float tensor (n, 1, size, size), and their labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, len(CLASSES), size=n)
    images = np.stack([draw(CLASSES[k], size, rng) for k in labels])
    x = torch.from_numpy(images).unsqueeze(1)
    x = (x.float() - MEAN) / STD
    y = torch.from_numpy(labels).long()
    return x, y


def batches(x, y, batch_size, shuffle=True):
    n = x.size(0)
    order = torch.randperm(n) if shuffle else torch.arange(n)
    for start in range(0, n, batch_size):
        idx = order[start:start + batch_size]
        yield x[idx], y[idx]
