import numpy as np
import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat

PRECISION = {"fp32": mx.float32, "fp16": mx.float16, "bf16": mx.bfloat16}
default_dtype = mx.float32


def casts(x):
    return (x.astype(mx.float32), x.astype(mx.float16), x.astype(mx.bfloat16), x.astype(mx.int32), x.astype(mx.int64), x.astype(mx.bool_), x.astype(mx.uint8),
            x.astype(mx.int16), x.astype(mx.float16), x.astype(mx.uint8), x.astype(mx.float64).astype(mx.float32))


def by_other(x, y):
    return x.astype(y.dtype), x.astype(y.dtype), x.astype(y.dtype), compat.type_(x, compat.type_(y)), mx.array([1, 2], dtype=y.dtype), mx.array([1.0], dtype=y.dtype)


def constants(n):
    a = mx.array([1, 2, 3])
    b = mx.array([[1.0, 2], [3, 4]])
    c = mx.array([True, False])
    d = mx.array(5)
    e = mx.zeros(n, dtype=mx.int64)
    f = mx.arange(n)
    g = mx.arange(0, 1, 0.25)
    h = mx.full((2,), 7)
    i = mx.ones((2, 3), dtype=mx.float16)
    j = mx.array([4, 5], dtype=mx.int64)
    k = mx.zeros_like(mx.zeros((2, 2), dtype=mx.float32))
    m = mx.array(np.arange(4, dtype=np.float32))
    return a, b, c, d, e, f, g, h, i, j, k, m


def limits(dtype):
    return mx.finfo(dtype).max, mx.finfo(dtype).eps, mx.finfo(mx.float32).min, mx.iinfo(mx.int32).max


def tests(x):
    kind = "half" if x.dtype == mx.float16 else "single" if x.dtype == mx.float32 else "other"
    return kind, x.dtype in (mx.float16, mx.bfloat16), mx.issubdtype(x.dtype, mx.floating), mx.issubdtype(x.dtype, mx.floating), x.dtype != mx.bool_


def division(i, j):
    """Integers divide to floats, floor, remainders."""
    return i / j, i // j, i % j, compat.floor_divide(i, j), i / j, i * 0.5, i + True, -i, i.astype(mx.float32).mean()


def logic(a, b):
    return a & b, a | b, a ^ b, ~a, mx.logical_not(a), mx.logical_and(a, b), a.sum(), a.any(), a.all(axis=0), (a == b).astype(mx.float32).mean(), a.astype(mx.float32).cumsum(axis=0)


def compare(x, y):
    return x > y, x == y, x <= 0, x != 0, (x >= 0) & (x < 1), mx.isnan(x), mx.isclose(x, x + 1e-9), mx.array_equal(x, x).item(), mx.allclose(x, y).item()


def host(x):
    n = int(compat.argmax_any(x))
    m = float(x.max())
    if (x > 100).any():
        m = 100.0
    return n, m, x.sum().item(), x.tolist(), np.array(x), bool((x == x).all()), len(x), f"{x.mean():.3f}", np.asarray(x).shape


class Mixed(nn.Module):
    """Keeps its norm in float32, whatever the input."""

    def __init__(self, dim, dtype: mx.Dtype = mx.float16):
        super().__init__()
        self.fc = nn.Linear(dim, dim)
        self.norm = nn.LayerNorm(dim)
        self.dtype = dtype

    def __call__(self, x):
        orig = x.dtype
        x = self.norm(x.astype(mx.float32)).astype(orig)
        return self.fc(x.astype(self.fc.weight.dtype)).astype(self.dtype)


def convert_weights(model):
    """Linear layers to half precision"""
    def _convert(m):
        if isinstance(m, nn.Linear):
            m.weight = m.weight.astype(mx.float16)
            if getattr(m, "bias", None) is not None:
                m.bias = m.bias.astype(mx.float16)
    compat.module_apply(model, _convert)
    return model
