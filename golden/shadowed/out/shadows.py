"""Names that look like the library, and are something else."""
import math
import numpy as np
import mlx.nn as mlx_nn
import mlx_compat as compat
from mlx_compat import unported as torch

mx = np.max              # a name that the port would like to have
optim = {"lr": 0.1}


class Tape:
    """Not a tensor: has its methods all the same."""

    def __init__(self, items):
        self.items = list(items)

    def view(self, *shape):
        return ("view", shape)

    def size(self, i=0):
        return len(self.items) + i

    def forward(self, n):
        return self.items[n:]

    def cpu(self):
        return "cpu"

    def split(self, n):
        return self.items[:n], self.items[n:]

    def eval(self):
        return "evaluated"


def tape():
    t = Tape([3, 1, 2])
    return t.view(2, 3), t.size(1), t.forward(1), t.cpu(), t.split(2), t.eval(), t.size()


def frequency(F, f=2.0):
    # F is a parameter here
    return F(f) if callable(F) else F * f


def local_names(x):
    torch = math
    nn = "neural"
    return torch.sqrt(16.0), nn.upper(), x


def outer_and_inner(x):
    def inner(F):
        return F + 1
    y = mlx_nn.relu(x)
    return inner(y), [F for F in range(3)], (lambda nn: nn * 2)(3)


def numpy_functions(a):
    a = np.asarray(a)
    b = np.concatenate([a, a], axis=0).reshape(-1).copy()
    return np.transpose(a).max(), b.size, a.sum(axis=0), b.astype(np.float32).mean(), np.where(a > 2, a, 0), mx(a), a.view()


def strings(text):
    return text.split(","), text.replace("a", "b"), "x".join(text.split()), text.index("b"), text.expandtabs(2)


def dicts(d):
    out = d.copy()
    out.update(b=2)
    return sorted(out.values()), out.get("a"), list(out.items()), out.pop("b"), optim["lr"]


def numbers(n):
    values = [n, 2 * n, 3]
    values.sort()
    return max(values), values.index(3), values.count(3), abs(-n), round(2.5 * n), math.exp(0), float(n).is_integer()


def mixed(x, items):
    """Tensors and look-alikes in one function."""
    t = Tape(items)
    first = t.size() + compat.method_named(x, "size")(0)
    rows = [t.view(1), compat.method_named(x, "view")(1, -1)]
    torch_like = t
    return first, rows, torch_like.size(2), mx(items), x.max()


class Shadow(mlx_nn.Module):
    # TODO(torch2mlx): T2M101 `torch.nn` has no MLX counterpart in the tables
    def __init__(self, F=2, nn=torch.nn):
        super().__init__()
        self.lin = nn.Linear(F, F)
        self.F = F

    def __call__(self, x, mx=1.0):
        return mlx_nn.relu(self.lin(x)) * mx + self.F


for torch_name in ("torch", "nn"):
    assert torch_name not in vars(Shadow)


try:
    del does_not_exist
except NameError as F_error:
    message = str(F_error)
