"""Number types: promotion, casts, integers, masks as numbers."""
import math
import torch
import torch.nn.functional as F
from torch import Tensor


# run int_division(a, b) | a=i64[5] | b=np.array([2, 3, -2, 5, -4])
def int_division(a: Tensor, b: Tensor):
    return a / b, a // b, a % b, torch.div(a, b, rounding_mode="trunc"), torch.div(a, b, rounding_mode="floor"), torch.fmod(a, b)


# run float_floor(a) | a=f32[5]
def float_floor(a):
    return a // 0.5, a % 0.7, torch.remainder(a, -0.3), torch.floor_divide(a, 2)


# run int_mean_error(a) | a=i64[4] | check=kind | todo
def int_mean_error(a):
    return a.float().mean(), a.sum(), a.double().mean().float(), a.sum() / 3


# run half_scalar(x) | x=f16[4] | todo
def half_scalar(x):
    return x * 2.5, x + 1, x / math.sqrt(8), x * torch.tensor(0.5), x ** 2


# run bf_scalar(x) | x=bf16[4] | todo
def bf_scalar(x: Tensor):
    scale = torch.tensor(0.1)
    return x * scale + torch.ones(1)[0]


# run bf_norm(x, w) | x=bf16[2,4] | w=bf16[4] | todo
def bf_norm(x, w, eps=1e-6):
    h = x.float()
    h = h * torch.rsqrt(h.pow(2).mean(-1, keepdim=True) + eps)
    return w * h.to(x.dtype), h.type_as(x) * w


# run softmax_dtype(x) | x=f16[2,4] | todo
def softmax_dtype(x):
    return F.softmax(x, dim=-1, dtype=torch.float32).type_as(x), F.softmax(x.float(), dim=-1), x.softmax(-1)


# run where_scalars(x) | x=f32[2,3] | check=kind
def where_scalars(x):
    return torch.where(x > 0, 1, 0), torch.where(x > 0, x, 0.0), torch.where(x > 0, 1.0, -1.0)


# run where_half(x) | x=f16[2,3] | todo
def where_half(x):
    return torch.where(x > 0, x, torch.tensor(0.0)), torch.where(x > 0, x, -1e4), x.masked_fill(x > 0, torch.finfo(x.dtype).min)


# run mask_math(x) | x=f32[2,3] | check=kind | todo
def mask_math(x):
    m = x > 0
    return m.sum(), m.sum(1), m.float().mean(), (~m).long(), m.int() - 1, m * x, m.sum() / m.numel(), m.any(1), m.all()


# run mask_sub(x) | x=f32[2,3] | todo
def mask_sub(x):
    return 1 - (x > 0).float(), 1.0 - (x > 0).to(x), (x > 0) * 2.0 - 1


# run mask_mean(x, m) | x=f32[2,3,4] | m=bool[2,3]
def mask_mean(x, m):
    m = m.unsqueeze(-1)
    return (x * m).sum(1) / m.sum(1).clamp(min=1)


# run casts(x) | x=f32[5] | todo
def casts(x):
    return x.int(), x.to(torch.int32), x.type(torch.float16), x.bool(), x.to(dtype=torch.bfloat16), x.half()

# run long_casts(x) | x=f32[5] | check=kind
def long_casts(x):
    return (x * 3).long(), x.round().to(torch.int64), x.type(torch.LongTensor), x.type_as(torch.zeros(1, dtype=torch.long))


# run dtype_string(x) | x=f32[2] | todo
def dtype_string(x):
    return x.to(getattr(torch, "float16")), x.dtype == torch.float32, x.dtype in (torch.float16, torch.bfloat16), x.is_floating_point()


# run dtype_dict(x) | x=f32[2]
DTYPES = {"fp16": torch.float16, "bf16": torch.bfloat16, "fp32": torch.float32}


def dtype_dict(x, name="fp16"):
    return x.to(DTYPES[name])


# run tensor_ctor() | check=kind
def tensor_ctor():
    return torch.tensor([1, 2]), torch.tensor([1.0, 2]), torch.Tensor([1, 2]), torch.FloatTensor([3]), torch.LongTensor([1]), torch.tensor(3), torch.as_tensor([True])


# run fulls() | check=kind
def fulls():
    return torch.full((2,), 1), torch.full((2, 2), 0.5), torch.full((1,), float("-inf")), torch.full((2,), True), torch.zeros(2, 3).fill_(2)


# run likes(x) | x=f16[2,3]
def likes(x):
    return torch.zeros_like(x), torch.ones_like(x, dtype=torch.float32), torch.full_like(x, 3), x.new_zeros(2), x.new_full((3,), 2), x.new_tensor([1.0, 2.0]), x.new_ones(1, 2)


# run int_pow(a) | a=i64[4] > 0 | check=kind
def int_pow(a):
    return a ** 2, 2 ** a, a ** 0.5, a.pow(3), torch.pow(2.0, a)


# run sqrt_int(a) | a=i64[4] > 0 | todo
def sqrt_int(a):
    return a.sqrt(), torch.exp(a), a.sigmoid(), torch.log(a)


# run int_cumsum(m) | m=bool[2,5] | check=kind | todo
def int_cumsum(m):
    return m.cumsum(-1), m.long().cumsum(-1) - 1, torch.cumsum(m, dim=1) * m


# run position_ids(m) | m=np.array([[1, 1, 0], [1, 1, 1]]) | check=kind | todo
def position_ids(m):
    p = m.long().cumsum(-1) - 1
    p.masked_fill_(m == 0, 1)
    return p


# run shifted(ids) | ids=i64[2,5] > 0 | check=kind
def shifted(input_ids, pad=0, start=1):
    out = input_ids.new_zeros(input_ids.shape)
    out[:, 1:] = input_ids[:, :-1].clone()
    out[:, 0] = start
    out.masked_fill_(out == -100, pad)
    return out


# run bits(a) | a=i64[4] > 0 | check=kind | todo | expect=fails | reason=a number on the left of a shift, whose right side is of unknown kind
def bits(a):
    return a & 1, a | 2, a ^ 3, a >> 1, 1 << a, ~a, a.bitwise_and(6)


# run causal(4)
def causal(n):
    mask = torch.full((n, n), float("-inf"))
    mask = torch.triu(mask, diagonal=1)
    return mask, torch.ones(n, n).tril().bool(), torch.tril(torch.ones(n, n)) == 0, torch.triu(torch.ones(n, n) * float("-inf"), diagonal=1)


# run additive_mask(m) | m=i64[2,4] < 2
def additive_mask(m):
    ext = m[:, None, None, :].to(dtype=torch.float32)
    return (1.0 - ext) * torch.finfo(torch.float32).min


# run inf_checks(x) | x=np.array([1.0, np.inf, np.nan])
def inf_checks(x):
    return torch.isinf(x), x.isnan(), torch.isfinite(x), torch.nan_to_num(x, nan=0.0), (x != x).any()


# run itemized(x) | x=f32[3] | todo
def itemized(x):
    return x.sum().item(), int(x[0]), float(x.max()), x.tolist(), x.argmax().item(), round(x.mean().item(), 3), bool(x[0] > 0)


# run python_funcs(x) | x=f32[4]
def python_funcs(x):
    return sum(x), max(x), abs(x), min(x.tolist()), pow(x, 2), -x


# run builtin_round(x) | x=f32[4]
def builtin_round(x):
    return round(float(x[0]), 2), divmod(7, 2)


# run roundings(x) | x=np.array([0.5, 1.5, -0.5, -2.7]) | todo
def roundings(x):
    return x.round(), x.trunc(), x.floor(), x.ceil(), x.frac(), x.sign(), torch.round(x, decimals=1)


# run clamps(x) | x=f32[6]
def clamps(x):
    return x.clamp(0), x.clamp(max=0.5), torch.clamp(x, -0.5, 0.5), x.clamp_min(0.1), x.clip(-1, 1), torch.clamp(x, min=-0.2)


# run clamp_int(a) | a=i64[6] | check=kind
def clamp_int(a):
    return a.clamp(0, 3), a.clamp(min=-2), a.float().clamp(0, 1)


# run float64_default()  | todo
def float64_default():
    return torch.tensor(0.1).dtype == torch.float32, str(torch.tensor(0.1).dtype), torch.get_default_dtype() == torch.float32


# run numpy_in(a) | a=np.arange(6).reshape(2, 3)
def numpy_in(a):
    import numpy as np
    t = torch.from_numpy(np.ones((2, 3), dtype=np.float32))
    return t + a, torch.tensor(np.float32(2.0)) * t, torch.as_tensor(np.zeros(3, dtype=np.float32))


# run average_pool_ints(x) | x=i64[2,6] < 9 | todo
def average_pool_ints(x):
    return x.float().view(2, 3, 2).mean(-1).long().float()


# run compare_scalar(x, y) | x=f32[3] | y=f32[3]
def compare_scalar(x, y):
    return torch.equal(x, y), torch.allclose(x, x + 1e-9), (x == y).all().item(), x.eq(y), x.ge(0), x.lt(y), torch.isclose(x, y)


# run is_true(x, y) | x=f32[3] | y=f32[3]
def is_true(x, y):
    return torch.equal(x, x) is True, [torch.equal(x, y), torch.allclose(x, y)]


# run bincount(y) | y=i64[9] < 4 | check=kind | todo
def bincount(y):
    return torch.bincount(y), torch.bincount(y, minlength=6), torch.histc(y.float(), bins=4, min=0, max=4)


# run quantized(x) | x=f32[3,8]
def quantized(x):
    return torch.quantile(x, 0.5), x.quantile(0.25, dim=1), torch.quantile(x, torch.tensor([0.1, 0.9]))


# run bucketed(x) | x=f32[8] | check=kind
def bucketed(x):
    edges = torch.linspace(-1, 1, 5)
    return torch.bucketize(x, edges), torch.searchsorted(edges, x, right=True)


# run relative_bucket(p) | p=i64[4,4] | check=kind
def relative_bucket(relative_position, num_buckets=32, max_distance=128):
    relative_buckets = 0
    num_buckets //= 2
    relative_buckets += (relative_position > 0).to(torch.long) * num_buckets
    relative_position = torch.abs(relative_position)
    max_exact = num_buckets // 2
    is_small = relative_position < max_exact
    large = max_exact + (
        torch.log(relative_position.float() / max_exact) / math.log(max_distance / max_exact) * (num_buckets - max_exact)
    ).to(torch.long)
    large = torch.min(large, torch.full_like(large, num_buckets - 1))
    relative_buckets += torch.where(is_small, relative_position, large)
    return relative_buckets


# run complex_rope(x) | x=f32[2,3,4] | todo
def complex_rope(x):
    freqs = torch.outer(torch.arange(3).float(), 1.0 / 10 ** (torch.arange(0, 4, 2).float() / 4))
    cis = torch.polar(torch.ones_like(freqs), freqs)
    xc = torch.view_as_complex(x.float().reshape(*x.shape[:-1], -1, 2))
    return torch.view_as_real(xc * cis).flatten(2).type_as(x)


# run rotate_half(x) | x=f32[2,3,8]
def rotate_half(x):
    x1, x2 = x[..., : x.shape[-1] // 2], x[..., x.shape[-1] // 2 :]
    return torch.cat((-x2, x1), dim=-1)


# run interleave(x) | x=f32[2,8]
def interleave(x):
    x1 = x[:, ::2]
    x2 = x[:, 1::2]
    return torch.stack((-x2, x1), dim=-1).flatten(-2), torch.stack([x1, x2], dim=2).reshape(2, -1)


# run gumbel(x) | x=f32[3,4]
def hard(y):
    index = y.max(-1, keepdim=True)[1]
    y_hard = torch.zeros_like(y).scatter_(-1, index, 1.0)
    return y_hard - y.detach() + y


def gumbel(x):
    return hard(F.softmax(x / 0.5, dim=-1))


# run straight_through(x) | x=f32[3,4] | grad=x
def straight_through(x):
    return x + (x.round() - x).detach()
