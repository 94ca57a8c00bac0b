"""Numbers of other dtypes than float32: promotion, overflow, rounding, and what Python's own numbers do to them."""
import math

import torch
import torch.nn.functional as F
from torch import Tensor


# run zero_dim_scale(x) | x=f16[2,3] | todo
def zero_dim_scale(x):
    scale = torch.tensor(0.5)
    return x * scale, x + torch.tensor(1), scale - x


# run zero_dim_scale_typed(x) | x=bf16[2,3] | todo
def zero_dim_scale_typed(x: Tensor) -> Tensor:
    return x * torch.tensor(2.0) + torch.ones(()) - torch.zeros([])


# run zero_dim_sum(x, y) | x=f16[2,3] | y=f32[4] | todo | expect=fails | reason=the dtypes of both are not known
def zero_dim_sum(x, y):
    return x * y.sum(), x / y.max(), x - y.mean()


# run zero_dim_item(x, y) | x=f16[2,3] | y=f32[4] | todo | expect=fails | reason=the dtypes of both are not known
def zero_dim_item(x: Tensor, y: Tensor):
    return x * y[0], x + y.abs().max(), y.norm() * x


# run int_zero_dim(i) | i=i64[3] < 9 | todo
def int_zero_dim(i):
    return i * torch.tensor(2), i + torch.tensor(0.5), i / torch.tensor(2)


# run small_int_zero_dim(i) | i=i32[3] < 9 | todo
def small_int_zero_dim(i: Tensor):
    return i * torch.tensor(2), i + i.sum()


# run bool_zero_dim(m) | m=bool[3] | check=kind
def bool_zero_dim(m: Tensor):
    return m * torch.tensor(2), m & torch.tensor(True), m * torch.tensor(0.5)


# run where_zero_dim(x) | x=f16[2,3] | todo
def where_zero_dim(x: Tensor):
    return torch.where(x > 0, x, torch.tensor(0.0)), torch.where(x > 0, torch.tensor(1.0), x), torch.where(x > 0, x, 0.0)


# run where_zeros_like(x) | x=f16[2,3]
def where_zeros_like(x):
    return torch.where(x > 0, x, torch.zeros_like(x)), x.where(x > 0, 0)


# run where_numbers(m) | m=bool[4] | check=kind | todo
def where_numbers(m):
    return torch.where(m, 1, 0), torch.where(m, 1.0, 0.0), torch.where(m, 1, 0.5)


# run maximum_zero_dim(x) | x=f16[2,3] | todo
def maximum_zero_dim(x: Tensor):
    return torch.maximum(x, torch.tensor(0.0)), torch.min(x, torch.tensor(0.5))


# run clamp_tensor(x) | x=f16[2,3] | todo
def clamp_tensor(x):
    return x.clamp(min=torch.tensor(0.0)), torch.clamp(x, -0.5, 0.5), x.clamp_min(0)


# run masked_fill_tensor(x, m) | x=f16[2,3] | m=bool[2,3] | todo
def masked_fill_tensor(x, m):
    return x.masked_fill(m, torch.tensor(-1.5)), x.masked_fill(m, 2)


# run masked_fill_int(i, m) | i=i64[2,3] < 9 | m=bool[2,3] | todo | expect=fails | reason=a float put into integers widens the dtype
def masked_fill_int(i: Tensor, m: Tensor):
    return i.masked_fill(m, -100), i.masked_fill(m, 2.0)


# run masked_fill_int_untyped(i, m) | i=i64[2,3] < 9 | m=bool[2,3] | todo | expect=fails | reason=a float put into integers widens the dtype
def masked_fill_int_untyped(i, m):
    return i.masked_fill(m, 2.0)


# run module_scale(x) | x=f16[2,3] | todo
SCALE = torch.tensor(0.125)


def module_scale(x):
    return x * SCALE


# run lerp_half(x, y) | x=f16[3] | y=f16[3] | todo
def lerp_half(x, y):
    t = torch.tensor(0.25)
    return x * (1 - t) + y * t


# run schedule(x) | x=f16[2,3] | todo
def schedule(x):
    betas = torch.linspace(0.1, 0.2, 5)
    return x * betas[2], x * betas.cumprod(0)[-1].sqrt()


# run schedule_by_functions(x) | x=f16[2,3] | todo
def schedule_by_functions(x):
    betas = torch.linspace(0.1, 0.2, 5)
    return x * torch.sqrt(torch.cumprod(betas, 0)[-1]), x * torch.exp(torch.log(betas)[1])


# run schedule_typed(x, t) | x=f16[2,3] | t=i64[2] < 5 | todo | expect=fails | reason=an item of an item of unknown rank
def schedule_typed(x: Tensor, t: Tensor):
    alphas = torch.linspace(0.1, 0.9, 5)
    return x * alphas[t].view(-1, 1), x * alphas[t][0]


# run int_true_div(i) | i=i64[3] < 9
def int_true_div(i):
    return i / 2, i / i.numel(), i * 0.5


# run int_floor(i) | i=np.array([-7, -1, 0, 5, 8]) | check=kind
def int_floor(i):
    return i // 2, i % 3, i // -2, i % -3, -i // 2


# run int_floor_methods(i) | i=np.array([-7, -1, 0, 5, 8]) | check=kind | todo
def int_floor_methods(i):
    return torch.div(i, 2, rounding_mode="floor"), torch.div(i, 2, rounding_mode="trunc"), i.fmod(3), i.remainder(3), torch.floor_divide(i, 2)


# run float_floor(x) | x=np.array([-7.5, -0.5, 0.0, 5.25, 1.0]) | todo
def float_floor(x):
    return x // 2, x % 3, x // -0.3, x.fmod(2), x.remainder(-2)


# run floor_tenth(x) | x=np.array([1.0, 0.9, 0.3]) | todo
def floor_tenth(x):
    return x // 0.1, torch.floor_divide(x, 0.1)


# run int_pow(i) | i=i64[4] < 9 | check=kind
def int_pow(i):
    return i ** 2, i.pow(2), torch.pow(i, 2), i.square()


# run pow_two(i) | i=i64[4] < 9 | check=kind | todo
def pow_two(i):
    return 2 ** i, i ** 0.5, i ** 2.0, torch.pow(2, i)


# run big_int(i) | i=i64[3] < 9 | todo
def big_int(i):
    return i * 3_000_000_000, i + 2 ** 40


# run hash_ids(i) | i=i32[3] < 9 | todo
def hash_ids(i):
    return i.long() * 2654435761 % 97, (i.to(torch.int64) << 33) % 1001


# run overflow_sum() | check=kind
def overflow_sum():
    i = torch.full((3,), 2_000_000_000)
    return i.sum(), i.cumsum(0), i.sum() > 0


# run arange_square(5) | check=kind
def arange_square(n):
    i = torch.arange(n) + 50_000
    return i * i, (i ** 2).sum()


# run tensor_ints() | check=kind | todo
def tensor_ints():
    i = torch.tensor([50_000, 70_000])
    return i * i


# run randint_square() | check=kind | todo
def randint_square():
    i = torch.randint(100_000, 100_001, (3,))
    return i * i


# run index_product(x) | x=f32[3,5] | check=kind | todo
def index_product(x):
    i = x.argmax(1)
    return i * 1_000_000_007 % 101, i - 1, -i, i - i.max(), (i - 3).abs()


# run index_arith_typed(x) | x=f32[3,5] | check=kind
def index_arith_typed(x: Tensor):
    i = x.argsort(dim=-1)
    top = x.topk(2).indices
    return i - 2, i[:, 0] - i[:, 1], top - 1, x.max(1)[1] - 1, x.min(dim=1).indices - 3


# run index_compare(x) | x=f32[3,5] | check=kind
def index_compare(x):
    i = x.argmin(1)
    return i == -1, i != -100, i > -1, i - 1 < 0, (i == x.argmax(1)).sum()


# run index_float(x) | x=f32[3,5] | todo
def index_float(x):
    return x.argmax(1) / 5, x.argmax(1) * 0.5, x.argmax(1).float() - 2.5, x.argmax().item() - 7


# run index_pow(x) | x=f32[3,5] | check=kind
def index_pow(x):
    return (x.argmax(1) - 4) ** 2, x.sort(dim=1)[1] - 2, torch.argsort(x)[:, -1] - 4


# run perm_minus(6) | check=none | todo
def perm_minus(n):
    p = torch.randperm(n)
    assert ((p - n) < 0).all() and (p - 1).min() == -1
    return 0


# run sample_minus(p) | p=np.array([[1.0, 0.0]]) | check=kind | todo
def sample_minus(p):
    s = torch.multinomial(p, 1)
    return s - 1


# run nonzero_minus(m) | m=bool[3,4] | check=kind | todo
def nonzero_minus(m):
    i = m.nonzero()
    return i - 2, i[:, 0] - 3


# run search_minus(x) | x=np.array([0.1, 0.5, 0.9]) | check=kind
def search_minus(x):
    i = torch.searchsorted(x, torch.tensor([0.0, 0.6]))
    return i - 1, torch.bucketize(x, torch.tensor([0.5])) - 1


# run count_minus(i) | i=i64[5] < 4 | check=kind
def count_minus(i):
    return torch.bincount(i) - 3, i.unique() - 4, torch.unique(i, return_inverse=True)[1] - 3


# run mask_count(m) | m=bool[3,4] | check=kind
def mask_count(m):
    return m.sum() - 20, m.sum(1) - 5, (m.sum(dim=-1) - 5).abs(), m.sum() * 2 - 30, torch.sum(m) - 13, m.count_nonzero() - 20


# run u8_sum(i) | i=u8[4] < 255 | check=kind
def u8_sum(i):
    return i.sum(), i.sum() - 2000, i.float().mean()


# run u8_arith(i) | i=u8[4] < 255 | todo
def u8_arith(i: Tensor):
    return i + 10, i - 200, i / 255, i * 2, i.float() / 255.0, 255 - i


# run u8_compare(i) | i=u8[4] < 255 | todo | expect=fails | reason=MLX converts the number to the dtype of the array
def u8_compare(i):
    return i > -1, i == 300, i < 128


# run i32_compare(i) | i=i32[4] < 255 | todo | expect=fails | reason=MLX converts the number to the dtype of the array
def i32_compare(i):
    return i == 2 ** 40, i < 3_000_000_000


# run i32_sum(i) | i=np.array([2000000000, 2000000000, 5], dtype=np.int32) | todo | expect=fails | reason=integers are 32 bits wide
def i32_sum(i):
    return i.sum(), i.cumsum(0), i.prod()


# run i32_sum_typed(i) | i=np.array([2000000000, 2000000000, 5], dtype=np.int32) | check=kind | todo | expect=fails | reason=integers are 32 bits wide
def i32_sum_typed(i: Tensor):
    return i.sum(0), torch.cumsum(i, 0), torch.sum(i)


# run bool_cumsum(m) | m=bool[6] | check=kind
def bool_cumsum(m):
    return m.cumsum(0), m.cumsum(0) - 1, m.cumprod(0), m.prod(), torch.cumsum(m, dim=0) * 2


# run bool_arith(a, b) | a=bool[4] | b=bool[4] | check=kind | todo
def bool_arith(a, b):
    return a + b, a * b, a * 2, a.int() + b.int(), ~a, a ^ b, a == b, a.float() * 0.5


# run bool_compare_sum(x, y) | x=f32[3,4] | y=f32[3,4] | check=kind | todo
def bool_compare_sum(x, y):
    return (x > 0) + (y > 0), (x > 0) * (y > 0), (x > 0).float() - (y > 0).float(), (x > y).int() - 1, -(x > 0).int()


# run bool_square(x) | x=f32[3] | check=kind | todo | expect=fails | reason=the square of a bool is a bool in MLX
def bool_square(x):
    m = x > 0
    return m ** 2, m.square(), m.pow(2), m * m


# run bool_mean(x) | x=f32[3,4]
def bool_mean(x):
    return (x > 0).float().mean(), (x > 0).sum() / x.numel(), (x > 0).double().mean().float(), (x > 0).sum(1) / 4


# run bool_extrema(m) | m=bool[3,4] | check=kind | todo
def bool_extrema(m):
    return m.max(), m.max(1)[0], m.float().argmax(1), m.int().argmax(1), m.any(), m.all(1)


# run one_minus(m) | m=bool[3] | todo
def one_minus(m):
    return 1 - m.float(), 1.0 - m.long(), (1 - m.int()) * -1e4


# run chain(x) | x=f32[3]
def chain(x):
    lo = (x > -1) & (x < 1)
    return lo, (0 < x) | (x < -1), lo & ~(x == 0), (x >= 0) == (x > 0)


# run rounds(x) | x=np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.675])
def rounds(x):
    return x.round(), torch.round(x), x.round(decimals=1), x.trunc(), x.int(), x.long(), x.floor().long(), x.ceil()


# run round_casts(x) | x=np.array([-2.5, -0.5, 3.7]) | check=kind | todo
def round_casts(x):
    return x.to(torch.int32), x.type(torch.int64), x.byte if False else x.short(), x.bool()


# run negative_to_u8(x) | x=np.array([0.2, 3.9, 254.6]) | todo
def negative_to_u8(x):
    return x.to(torch.uint8), x.byte(), (x.clamp(0, 255)).round().to(torch.uint8)


# run half_sum(x) | x=f16[64]
def half_sum(x):
    return x.sum(), x.mean(), x.std(), x.softmax(0), x.norm(), x.float().sum()


# run half_big(x) | x=np.array([60000.0, 60000.0, 1.0], dtype=np.float16)
def half_big(x):
    return x.sum(), x * 2, x.mean(), x.float().sum()


# run half_softmax32(x) | x=f16[2,5] | todo
def half_softmax32(x):
    return F.softmax(x, dim=-1, dtype=torch.float32), x.softmax(-1, dtype=torch.float), x.softmax(-1).dtype == x.dtype, x.sum(dtype=torch.float32)


# run half_scalars(x) | x=f16[3]
def half_scalars(x):
    return x * 0.1, x + 1e-5, x / 3, 2 ** x, x ** 0.5, 1 / (x * x + 1), x * math.pi, x > 1


# run half_mix(x, w) | x=f16[2,3] | w=f32[3]
def half_mix(x, w):
    return x * w, x + w, x.float() * w, (x * w).to(x.dtype), x.type_as(w) * w


# run half_cat(x, y) | x=f16[2,3] | y=f32[2,3] | todo
def half_cat(x, y):
    return torch.cat([x, y]), torch.stack([x, y.half()])


# run int_cat(x, y) | x=i64[3] < 5 | y=f32[3] | todo
def int_cat(x, y):
    return torch.cat([x, y]), torch.stack([x, x])


# run half_finfo(x) | x=f16[2,3]
def half_finfo(x):
    return x.masked_fill(x < 0, torch.finfo(x.dtype).min), torch.finfo(x.dtype).max, torch.finfo(torch.float32).eps, torch.iinfo(torch.int32).max


# run finfo_more()
def finfo_more():
    return torch.finfo(torch.float16).bits, torch.finfo(torch.bfloat16).smallest_normal


# run finfo_tiny()
def finfo_tiny():
    return torch.finfo(torch.float32).tiny


# run aug_half(x, y) | x=f16[3] | y=f32[3] | todo | expect=fails | reason=the dtypes of both are not known
def aug_half(x, y):
    x += y
    x *= y
    return x


# run aug_half_attr(x, y) | x=f16[3] | y=f32[3] | todo | expect=fails | reason=the dtypes of both are not known
def aug_half_attr(x, y):
    x = x * 2
    x -= y.mean()
    x /= torch.tensor(2.0)
    return x


# run aug_local(y) | y=f32[3] | todo
def aug_local(y):
    acc = torch.zeros(3, dtype=torch.float16)
    for _ in range(2):
        acc += y
    return acc


# run aug_zeros(y) | y=f32[2,3] | todo
def aug_zeros(y):
    total = torch.zeros(3)
    for row in y:
        total += row * 2
    total /= len(y)
    return total


# run aug_int_count(y) | y=i64[5] < 3 | check=kind | todo
def aug_int_count(y):
    total = torch.zeros(5, dtype=torch.long)
    total += y
    total += (y > 1)
    total *= 2
    total -= 1
    return total


# run aug_int_from_float(y) | y=i64[5] < 3 | todo
def aug_int_from_float(y):
    total = 0
    total += y.float().sum()
    total /= 2
    return total


# run aug_bool(m, n) | m=bool[4] | n=bool[4]
def aug_bool(m, n):
    m = m.clone()
    m &= n
    m |= ~n
    return m


# run aug_int_div(i) | i=i64[3] < 9 | check=kind | todo
def aug_int_div(i: Tensor):
    i = i.clone()
    i //= 2
    i += 1
    return i


# run add_in_place_half(x, y) | x=f16[3] | y=f32[3] | todo
def add_in_place_half(x, y):
    x.add_(y)
    x.mul_(y).sub_(0.5)
    return x


# run add_in_place_int(i, m) | i=i64[3] < 9 | m=bool[3] | check=kind | todo
def add_in_place_int(i, m):
    i.add_(m)
    i.mul_(2)
    return i


# run item_cast(i, x) | i=i64[3] < 9 | x=f32[3] | todo
def item_cast(i, x):
    i[0] = 1.7
    i[1:] = x[1:]
    return i


# run ellipsis_cast(i, x) | i=i64[3] < 9 | x=f32[3] | todo
def ellipsis_cast(i, x):
    i[...] = x
    return i


# run slice_cast(i, x) | i=f16[2,3] | x=f32[2,3] | todo
def slice_cast(i, x):
    i[:] = x
    i[:, 0] = x[:, 1]
    i[0, 0] = 3
    return i


# run slice_aug_cast(h, x) | h=f16[2,3] | x=f32[2,3] | todo
def slice_aug_cast(h, x):
    h[0] += x[0]
    h[:, 1] *= x[:, 2]
    return h


# run copy_cast(h, x) | h=f16[2,3] | x=f32[2,3] | todo
def copy_cast(h, x):
    h.copy_(x)
    h[0].copy_(x[1])
    return h


# run fill_cast(i) | i=i64[2,3] < 5 | todo
def fill_cast(i):
    i.fill_(3)
    i[0].fill_(2)
    return i, torch.full_like(i, 1.0), torch.zeros_like(i), torch.ones_like(i, dtype=torch.float32)


# run full_dtypes() | check=kind
def full_dtypes():
    return torch.full((2,), 1), torch.full((2,), 1.0), torch.full((2,), True), torch.tensor([1, 2.5]), torch.tensor([True, False]), torch.tensor(3)


# run tensor_of_floats() | todo
def tensor_of_floats():
    return torch.Tensor([1, 2]), torch.FloatTensor([1, 2]), torch.tensor([1, 2]).float(), torch.tensor([1.5], dtype=torch.float16)


# run tensor_mixed(x) | x=f32[3] | todo
def tensor_mixed(x):
    return torch.tensor([x.sum().item(), 1, 2]), torch.tensor([[1, 2], [3, 4]], dtype=torch.float)


# run linspace_ints() | check=kind
def linspace_ints():
    return torch.linspace(0, 1, 5), torch.arange(0, 1, 0.25), torch.arange(5.0), torch.arange(3, 0, -1), torch.arange(2, 7, 2) / 2


# run mean_ints(i) | i=i64[3] < 5 | todo
def mean_ints(i):
    return i.float().mean(), i.double().mean().float(), i.sum() / len(i)


# run double_math(x) | x=f32[3] | todo
def double_math(x):
    return x.double().sum().float(), x.to(torch.float64).mean(), x.double() * 2


# run python_types(x) | x=f32[3] | todo
def python_types(x):
    return x.to(float), torch.zeros(2, dtype=int), torch.ones(2, dtype=bool), x.to(int)


# run result_types(x, i) | x=f16[2] | i=i64[2] < 4
def result_types(x, i):
    return x * i, i * x, i + True, x.double().dtype == torch.float64, (x * i).dtype == torch.float16


# run promote_bf(x, y) | x=bf16[3] | y=f16[3]
def promote_bf(x, y):
    return x * y, x + y.float()


# run shifts(i) | i=i64[4] < 20 | check=kind
def shifts(i):
    return i << 2, i >> 1, i & 7, i | 8, i ^ 5


# run shifts_reflected(i) | i=i64[4] < 20 | check=kind | todo
def shifts_reflected(i: Tensor):
    return 1 << i, 7 & i, 8 | i, 5 ^ i, True & (i > 3)


# run shifts_reflected_untyped(i) | i=i64[4] < 20 | check=kind | todo | expect=fails | reason=a number on the left of a shift, whose right side is of unknown kind
def shifts_reflected_untyped(i):
    return 1 << i, 255 & i


# run true_and(x) | x=f32[4] | todo
def true_and(x):
    keep = True
    keep = keep & (x > 0)
    return keep


# run int_matmul(a, b) | a=i64[2,3] < 9 | b=i64[3,2] < 9 | todo | expect=fails | reason=MLX multiplies no integer matrices
def int_matmul(a, b):
    return a @ b, torch.einsum("ij,jk->ik", a, b), (a.float() @ b.float()).long()


# run int_matmul_typed(a, b) | a=i64[2,3] < 9 | b=i64[3,2] < 9 | todo | expect=fails | reason=MLX multiplies no integer matrices
def int_matmul_typed(a: Tensor, b: Tensor):
    return torch.matmul(a, b), a.mm(b)


# run one_hot_math(i) | i=i64[4] < 3 | check=kind | todo
def one_hot_math(i):
    h = F.one_hot(i, 3)
    return h, h.float() @ torch.ones(3, 2), h * 2 - 1, h.sum(0)


# run one_hot_matmul(i) | i=i64[4] < 3 | check=kind | todo
def one_hot_matmul(i):
    h = F.one_hot(i, 3)
    return h.T @ h


# run eq_none(x) | x=f32[3] | todo
def eq_none(x):
    return x == None, x != None


# run tensor_in(x) | x=f32[3] | todo
def tensor_in(x):
    return x[0] in x, 5.0 in x


# run python_numbers(x) | x=np.array([2.5, -1.25, 3.0])
def python_numbers(x):
    return int(x[0]), float(x[1]), bool(x[2] > 0), x[0].item(), round(x[1].item(), 1), x.tolist()


# run python_round(x) | x=np.array([2.512, -1.25, 3.0]) | todo
def python_round(x):
    return round(float(x[0]), 2), abs(x[1]), max(x[0], x[1]), min(x).item(), sum(x)


# run np_left(x) | x=f32[3] | todo
def np_left(x):
    import numpy as np
    return np.sqrt(2.0) * x, np.float32(2) * x, x * np.float64(0.5), x / np.sqrt(4)


# run np_const(x) | x=f16[3] | todo
def np_const(x):
    import numpy as np
    k = np.log(2.0)
    return x * k, k * x


# run accuracy(logits, y) | logits=f32[6,4] | y=i64[6] < 4 | check=kind
def accuracy(logits, y):
    correct = (logits.argmax(dim=1) == y).sum().item()
    return correct / y.size(0), (logits.max(1)[1] == y).float().mean(), logits.argmax(-1).eq(y).sum()


# run positions(mask) | mask=i64[2,5] < 2 | check=kind
def positions(mask):
    p = mask.long().cumsum(-1) - 1
    p.masked_fill_(mask == 0, 1)
    return p


# run lengths(ids) | ids=i64[2,6] < 2 | check=kind
def lengths(ids):
    n = torch.eq(ids, 0).int().argmax(-1) - 1
    return n, n % ids.shape[-1], ids[torch.arange(2), n % 6]


# run relative(4) | check=kind
def relative(n):
    pos = torch.arange(n)
    rel = pos[None, :] - pos[:, None]
    return rel, rel.abs(), rel.clamp(-2, 2) + 2, (rel < 0).long() * 3, torch.max(-rel, torch.zeros_like(rel))


# run log_bucket(4) | check=kind | todo
def log_bucket(n):
    rel = torch.arange(n)[None, :] - torch.arange(n)[:, None]
    is_small = rel.abs() < 2
    large = 2 + (torch.log(rel.abs().float().clamp(min=1) / 2) / math.log(4) * 2).to(torch.long)
    large = torch.min(large, torch.full_like(large, 3))
    return torch.where(is_small, rel.abs(), large)


# run timestep(t) | t=i64[3] < 1000
def timestep(t, dim=8):
    half = dim // 2
    freqs = torch.exp(-math.log(10000) * torch.arange(start=0, end=half, dtype=torch.float32) / half)
    args = t[:, None].float() * freqs[None]
    return torch.cat([torch.cos(args), torch.sin(args)], dim=-1)


# run pos_table(6)
def pos_table(n, d=4):
    pe = torch.zeros(n, d)
    pos = torch.arange(0, n).unsqueeze(1)
    div = torch.exp(torch.arange(0, d, 2) * -(math.log(10000.0) / d))
    pe[:, 0::2] = torch.sin(pos * div)
    pe[:, 1::2] = torch.cos(pos * div)
    return pe


# run byte_places(x, m) | x=f32[600] | m=np.ones(600, dtype=np.uint8) | check=kind
def byte_places(x, mask):
    return mask.cumsum(0), torch.cumsum(mask, dim=-1) - 1, x * mask.cumsum(-1), mask[:4].cumprod(0), mask.sum()


def mask_of(lengths, n):
    return torch.arange(n)[None, :] < lengths[:, None]


# run mask_places(l) | l=i64[4] < 6 | check=kind
def mask_places(lengths):
    m = mask_of(lengths, 6)
    return m.sum() - 30, m.cumsum(1) - 1, (~m).cumsum(1), m.prod(1), m.cumprod(1), (lengths == 1).cumprod(0) - 2


# run asked_dtypes() | check=kind
def asked_dtypes():
    batch = {"x": torch.ones(2), "y": torch.tensor([1, 0])}
    return {k: v.float() if v.dtype == torch.long else v for k, v in batch.items()}


# run hashed([3, 500, 70000])
def hashed(ids):
    h = torch.tensor([3, 500, 70000])
    for _ in range(3):
        h = h * 31 + 7
    return h * 100003 % 65537, torch.tensor([70000, 2]) ** 2


# run rows_of_pairs()
def rows_of_pairs():
    samples = [(torch.tensor([1.0, 2.0]), 1), (torch.tensor([3.0, 4.0]), 0)]
    xs, ys = zip(*samples)
    return torch.cat([x.unsqueeze(0) for x in xs]), torch.tensor(ys).float()
