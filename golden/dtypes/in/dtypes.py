import numpy as np
import torch
import torch.nn as nn

PRECISION = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
default_dtype = torch.get_default_dtype()


def casts(x):
    return (x.float(), x.half(), x.bfloat16(), x.int(), x.long(), x.bool(), x.byte(),
            x.to(torch.int16), x.type(torch.float16), x.to(dtype=torch.uint8), x.double().float())


def by_other(x, y):
    return x.type_as(y), x.to(y.dtype), x.to(y), x.type(y.type()), y.new_tensor([1, 2]), torch.as_tensor([1.0], dtype=y.dtype)


def constants(n):
    a = torch.tensor([1, 2, 3])
    b = torch.tensor([[1.0, 2], [3, 4]])
    c = torch.tensor([True, False])
    d = torch.tensor(5)
    e = torch.zeros(n, dtype=torch.long)
    f = torch.arange(n)
    g = torch.arange(0, 1, 0.25)
    h = torch.full((2,), 7)
    i = torch.ones(2, 3, dtype=torch.float16)
    j = torch.LongTensor([4, 5])
    k = torch.FloatTensor(2, 2).zero_()
    m = torch.from_numpy(np.arange(4, dtype=np.float32))
    return a, b, c, d, e, f, g, h, i, j, k, m


def limits(dtype):
    return torch.finfo(dtype).max, torch.finfo(dtype).eps, torch.finfo(torch.float32).min, torch.iinfo(torch.int32).max


def tests(x):
    kind = "half" if x.dtype == torch.float16 else "single" if x.dtype is torch.float32 else "other"
    return kind, x.dtype in (torch.float16, torch.bfloat16), x.is_floating_point(), torch.is_floating_point(x), x.dtype != torch.bool


def division(i, j):
    """Integers divide to floats, floor, remainders."""
    return i / j, i // j, i % j, torch.div(i, j, rounding_mode="floor"), torch.true_divide(i, j), i * 0.5, i + True, -i, i.float().mean()


def logic(a, b):
    return a & b, a | b, a ^ b, ~a, a.logical_not(), torch.logical_and(a, b), a.sum(), a.any(), a.all(dim=0), (a == b).float().mean(), a.float().cumsum(0)


def compare(x, y):
    return x > y, x.eq(y), torch.le(x, 0), x.ne(0), (x >= 0) & (x < 1), torch.isnan(x), torch.isclose(x, x + 1e-9), torch.equal(x, x), x.allclose(y)


def host(x):
    n = int(x.argmax())
    m = float(x.max())
    if (x > 100).any():
        m = 100.0
    return n, m, x.sum().item(), x.tolist(), x.numpy(), bool((x == x).all()), len(x), f"{x.mean():.3f}", np.asarray(x).shape


class Mixed(nn.Module):
    """Keeps its norm in float32, whatever the input."""

    def __init__(self, dim, dtype: torch.dtype = torch.float16):
        super().__init__()
        self.fc = nn.Linear(dim, dim)
        self.norm = nn.LayerNorm(dim)
        self.dtype = dtype

    def forward(self, x):
        orig = x.dtype
        x = self.norm(x.float()).to(orig)
        return self.fc(x.to(self.fc.weight.dtype)).to(self.dtype)


def convert_weights(model):
    """Linear layers to half precision"""
    def _convert(m):
        if isinstance(m, nn.Linear):
            m.weight.data = m.weight.data.half()
            if m.bias is not None:
                m.bias.data = m.bias.data.half()
    model.apply(_convert)
    return model
