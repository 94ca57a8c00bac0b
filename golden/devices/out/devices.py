"""Every way to say where a tensor lives."""
import argparse
import contextlib
import os
from dataclasses import dataclass, field

import numpy as np
import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat

device = "cpu"
use_cuda = False
cuda = False
FloatTensor = compat.FloatTensor
LongTensor = compat.LongTensor
DEVICE = 'cpu'
dev = "cpu"
n_gpu = 0
kwargs = {}

# allow tf32 on matmul


@dataclass
class RunConfig:
    device: str = "cpu"
    dtype: mx.Dtype = mx.float32
    where: str = field(default_factory=lambda: "cpu")


def get_device(name=None):
    if name is None:
        name = os.environ.get("DEVICE", "cpu")
    if name.startswith("cuda"):
        print("no CUDA, staying on the CPU")
        name = "cpu"
    return name


def make_mask(n, device=None):
    # `device` is part of the interface: callers elsewhere pass it
    return mx.tril(mx.ones((n, n)))


class Model(nn.Module):
    def __init__(self, n=4, device=None, dtype=None):
        super().__init__()
        factory_kwargs = {'device': device, 'dtype': dtype}
        self.device = device or 'cpu'
        self.fc = nn.Linear(n, n)
        self.gain = mx.ones((n,), dtype=dtype)

    def __call__(self, x):
        noise = mx.zeros(x.shape, dtype=x.dtype)
        scale = mx.array(2.0).astype(x.dtype)
        pos = mx.arange(x.shape[1])
        mask = make_mask(x.shape[1], "cpu")
        return (self.fc(x) * self.gain + noise) * scale + compat.int_matmul(pos, mx.stop_gradient(mask.astype(pos.dtype)))


class Probed(nn.Module):
    """Asks its parameters where it is."""

    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(4, 2)

    @property
    def device(self):
        return "cpu"

    @property
    def dtype(self):
        return next(compat.parameters(self)).dtype

    def __call__(self, x):
        x = x.astype(self.dtype)
        return self.lin(x)


def placed(x):
    a = x
    b = x
    c = x
    d = np.array(a)
    e = mx.stop_gradient(x)
    f = x.astype(mx.float16)
    g = x.astype(mx.int32)
    h = x.astype(f.dtype)
    i = x.astype(g.dtype)
    j = mx.zeros_like(x)
    return a, b, c, d, e, f, g, h, i, j


def old_style(imgs):
    """As before 2018: Variable, typed constructors, blocks with .cuda()."""
    model, criterion = Probed(), compat.MSELoss()
    valid = mx.full_like(FloatTensor(imgs.shape[0], 1), 1.0)
    real = imgs.astype(mx.float32)
    z = FloatTensor(np.ones((imgs.shape[0], 2)))
    labels = LongTensor([0, 1, 2])
    return valid * real, z, labels


def contexts(x):
    y = x * 2
    y = y + 1
    z = compat.stop_gradient(y @ y.T)
    if device == "cuda":
        mx.synchronize()
    elif str(device) == "mps":
        mx.clear_cache()
    return y, z


def from_args(argv):
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", type=str, default="cpu")
    parser.add_argument("--no-cuda", action="store_true")
    args = parser.parse_args(argv)
    args.cuda = False
    args.device = args.device if args.cuda else "cpu"
    kw = dict(device=args.device)
    return compat.torch_full((2, 2), 3.0, **kw)


def to_device(batch, device):
    """Nested containers of tensors."""
    if isinstance(batch, mx.array):
        return batch
    if isinstance(batch, dict):
        return {k: to_device(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return [to_device(v, device) for v in batch]
    return batch


def report():
    return "cpu"


if __name__ == "__main__":
    model = Model(device=device)
    print(model(mx.random.normal((2, 4))).shape, report())
