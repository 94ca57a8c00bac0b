"""Integers of 32 bits and less that leave their range, and floats put where integers stand: PyTorch keeps the dtype of the tensor, and cuts."""
import torch


def cut(x):
    return x.int()


# run times_method(x) | x=i64[5] < 100
def times_method(x):
    return x.int().mul(123456789)


# run times_function(x) | x=i64[5] < 100
def times_function(x):
    return torch.mul(x.int(), 123456789)


# run times_operator(x) | x=i64[5] < 100
def times_operator(x):
    return x.int() * 123456789


# run times_named(x) | x=i64[5] < 100
def times_named(x):
    k = 2654435761
    return x.int() * (k & 0x7FFFFFFF), torch.multiply(x.int(), 123456789)


# run times_in_place(x) | x=i64[5] < 100
def times_in_place(x):
    z = x.int() + 1
    z *= 123456789
    return z


# run times_untyped_in_place(cut(x)) | x=i64[5] < 100 | expect=fails | reason=in a port, int32 of unknown origin may stand for int64
# run times_untyped_in_place(x) | x=i64[5] < 100
def times_untyped_in_place(z):
    z = z + 1
    z *= 123456789
    return z


# run times_untyped(cut(x)) | x=i64[5] < 100 | expect=fails | reason=in a port, int32 of unknown origin may stand for int64
# run times_untyped(x) | x=i64[5] < 100
def times_untyped(z):
    return z * 123456789, torch.mul(z, 123456789), z.mul(123456789)


# run shifted(x) | x=i64[5] < 100
def shifted(x):
    h = x.clone()
    h <<= 40
    return h


# run shifted_int(x) | x=i64[5] < 100
def shifted_int(x):
    h = x.int()
    h <<= 28
    return h, x.int() << 27


# run shifted_function(x) | x=i64[5] < 100
def shifted_function(x):
    return torch.bitwise_left_shift(x, 40), x << 40, (x << 40) >> 38


# run shifted_untyped(x) | x=i64[5] < 100
def shifted_untyped(h):
    h = h + 1
    h <<= 36
    return h, h >> 33, h ^ (h >> 34)


# run hashed(x) | x=i64[5] < 1000
def hashed(x):
    h = x * 2654435761
    h ^= h >> 16
    h *= 2246822507
    h ^= h >> 13
    return h % 1000


# run squared(x) | x=i64[5] < 100000
def squared(x):
    y = x * x
    y += x * 100000
    return y, x.square(), x ** 2, torch.pow(x, 2)


# run filled_mask(x, x > 3) | x=i64[5] < 10
# run filled_mask(x, x > 0) | x=f32[5]
def filled_mask(x, m):
    x = x.clone()
    x[m] = 0.5
    return x


# run filled(x) | x=i64[5] < 10
# run filled(x) | x=f32[5]
def filled(x):
    return x.clone().fill_(0.5), x.masked_fill(x > 2, 0.5)


# run filled_in_place(x) | x=i64[5] < 10
# run filled_in_place(x) | x=f32[5]
def filled_in_place(x):
    y = x.clone()
    y.masked_fill_(x > 2, 1.5)
    z = x.clone()
    z[1:3] = 2.7
    z[0] = -1.5
    return y, z


# run filled_arguments(x, 0.5) | x=i64[5] < 10
# run filled_arguments(x, 1.5) | x=f32[5]
def filled_arguments(x, v):
    y = x.clone()
    y[y > 2] = v
    y[0] = v
    return y


# run filled_rows(x) | x=i64[5,2] < 10
# run filled_rows(x) | x=f32[5,2]
def filled_rows(x):
    x = x.clone()
    x[:, 0] = 0.9
    x[..., 1][x[:, 1] > 3] = 7.7
    x.index_fill_(0, torch.tensor([1]), 3.3)
    return x


# run filled_tensor(x, x / 4) | x=i64[5] < 10
# run filled_tensor(x, x / 4) | x=f32[5]
def filled_tensor(x, v):
    y = x.clone()
    y[:] = v
    z = x.clone()
    z[1:] = v[1:]
    z.copy_(v * 3)
    return y, z


# run filled_dicts({"a": x}) | x=i64[5] < 10
# run filled_dicts({"a": x}) | x=f32[5]
def filled_dicts(d):
    y = d["a"].clone()
    y[y > 2] = 0.5
    y[0] = 2.5
    return y


# run where_untyped(x) | x=i64[5] < 10
# run where_untyped(x) | x=f32[5]
def where_untyped(x):
    return torch.where(x > 2, 0.5, x), torch.where(x > 2, x, 1)


# run added(x) | x=u8[5] < 250
def added(x):
    y = x.clone()
    y += 100
    z = x * 3
    return y, z, x - 100


# run accumulated(x) | x=i64[6] < 100
def accumulated(x):
    z = x.int()
    total = z * 0
    for i in range(3):
        total += z * 1000003
        total *= 31
    return total


# run mixed(x) | x=i64[6] < 100
def mixed(x):
    z = x.int()
    return z * x * 123456789, (z * 123456789).long(), z.long() * 123456789
