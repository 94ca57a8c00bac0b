"""Every way to say where a tensor lives."""
import argparse
import contextlib
import os
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn as nn
from torch.autograd import Variable

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
use_cuda = torch.cuda.is_available()
cuda = True if torch.cuda.is_available() else False
FloatTensor = torch.cuda.FloatTensor if cuda else torch.FloatTensor
LongTensor = torch.cuda.LongTensor if use_cuda else torch.LongTensor
DEVICE = 'cuda:0' if use_cuda else 'cpu'
dev = torch.device("mps") if torch.backends.mps.is_available() else torch.device("cpu")
n_gpu = torch.cuda.device_count()
kwargs = {'num_workers': 1, 'pin_memory': True} if use_cuda else {}

torch.backends.cudnn.benchmark = True
torch.backends.cuda.matmul.allow_tf32 = True  # allow tf32 on matmul
torch.set_float32_matmul_precision("high")


@dataclass
class RunConfig:
    device: str = "cuda" if torch.cuda.is_available() else "cpu"
    dtype: torch.dtype = torch.float32
    where: torch.device = field(default_factory=lambda: torch.device("cpu"))


def get_device(name=None):
    if name is None:
        name = os.environ.get("DEVICE", "cpu")
    if name.startswith("cuda") and not torch.cuda.is_available():
        print("no CUDA, staying on the CPU")
        name = "cpu"
    return torch.device(name)


def make_mask(n, device=None):
    # `device` is part of the interface: callers elsewhere pass it
    return torch.ones(n, n, device=device).tril()


class Model(nn.Module):
    def __init__(self, n=4, device=None, dtype=None):
        super().__init__()
        factory_kwargs = {'device': device, 'dtype': dtype}
        self.device = device or torch.device('cpu')
        self.fc = nn.Linear(n, n, device=device)
        self.gain = nn.Parameter(torch.ones(n, **factory_kwargs))
        self.to(self.device)

    def forward(self, x):
        x = x.to(self.fc.weight.device)
        noise = torch.zeros(x.shape, device=x.device, dtype=x.dtype)
        scale = torch.tensor(2.0).to(x)
        pos = torch.arange(x.size(1), device=self.device)
        mask = make_mask(x.size(1), x.device)
        if x.is_cuda:
            noise = noise.cuda(x.get_device())
        return (self.fc(x) * self.gain + noise) * scale + pos @ mask.to(pos.dtype)


class Probed(nn.Module):
    """Asks its parameters where it is."""

    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(4, 2)

    @property
    def device(self):
        return next(self.parameters()).device

    @property
    def dtype(self):
        return next(self.parameters()).dtype

    def forward(self, x):
        x = x.to(device=self.device, dtype=self.dtype, non_blocking=True)
        return self.lin(x)


def placed(x):
    a = x.to(device)
    b = x.to("cpu")
    c = x.cuda() if use_cuda else x
    d = a.cpu().numpy()
    e = x.to(device=device, non_blocking=True).detach().cpu().contiguous()
    f = x.to(device, torch.float16)
    g = x.to(b.device, dtype=torch.int32)
    h = x.to(f.dtype)
    i = x.to(g)
    j = torch.zeros_like(x, device=device)
    return a, b, c, d, e, f, g, h, i, j


def old_style(imgs):
    """As before 2018: Variable, typed constructors, blocks with .cuda()."""
    model, criterion = Probed(), nn.MSELoss()
    if cuda:
        model.cuda()
        criterion.cuda()
    valid = Variable(FloatTensor(imgs.size(0), 1).fill_(1.0), requires_grad=False)
    real = Variable(imgs.type(FloatTensor))
    z = Variable(FloatTensor(np.ones((imgs.shape[0], 2))))
    labels = LongTensor([0, 1, 2])
    return valid * real, z, labels


def contexts(x):
    with torch.cuda.device(0) if use_cuda else contextlib.nullcontext():
        y = x * 2
    with torch.autocast(device_type="cpu", enabled=False):
        y = y + 1
    with torch.amp.autocast("cpu", dtype=torch.bfloat16, enabled=False), torch.no_grad():
        z = y @ y.T
    stream = torch.cuda.Stream() if use_cuda else None
    if device.type == "cuda":
        torch.cuda.synchronize()
    elif str(device) == "mps":
        torch.mps.empty_cache()
    return y, z


def from_args(argv):
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", type=torch.device, default=torch.device("cpu"))
    parser.add_argument("--no-cuda", action="store_true")
    args = parser.parse_args(argv)
    args.cuda = not args.no_cuda and torch.cuda.is_available()
    args.device = args.device if args.cuda else torch.device("cpu")
    kw = dict(device=args.device)
    return torch.full((2, 2), 3.0, **kw)


def to_device(batch, device):
    """Nested containers of tensors."""
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: to_device(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return [to_device(v, device) for v in batch]
    return batch


def report():
    if torch.cuda.is_available():
        mem = torch.cuda.max_memory_allocated() / 1024 ** 2
        return f"{torch.cuda.get_device_name(0)}: {mem:.0f} MB"
    return "cpu"


if __name__ == "__main__":
    model = Model(device=device)
    model = nn.DataParallel(model) if n_gpu > 1 else model
    print(model(torch.randn(2, 4, device=device)).shape, report())
