"""Products that need 64 bits in statements: in place, step by step, of what a function is given, and what is used as an index."""
import torch


def scaled_in_place(h, prime):
    h *= prime
    h ^= h >> 7
    return h % 1009


def mixed_in_place(x):
    h = torch.zeros_like(x)
    h ^= x * 2654435761
    h *= 16777619
    h = h ^ (h >> 13)
    return h % 1009


def murmur(h):
    h ^= h >> 16
    h *= 0x85ebca6b
    h ^= h >> 13
    h *= 0xc2b2ae35
    h ^= h >> 16
    return h


def fnv(x, prime=16777619):
    h = x * 0 + 17
    for _ in range(3):
        h ^= x
        h *= prime
    return h % 65521


def scaled_own(x, k):
    y = x + 1
    y *= k
    return y % 1009


# run in_place(x) | x=f32[3]
def in_place(x):
    i = torch.arange(3, 9)
    return (scaled_in_place(i.clone(), 2654435761).float(), mixed_in_place(i).float(), fnv(i).float(), scaled_own(i, 805459861).float())


# run murmured(x) | x=f32[3]
def murmured(x):
    return (murmur(torch.arange(3, 9)) % 1009).float()


def unrolled(a, b, c, d):
    h = 17
    h = h * 31 + a
    h = h * 31 + b
    h = h * 31 + c
    h = h * 31 + d
    h = h * 31 + a
    h = h * 31 + b
    return h


def unrolled_primes(a, b, c):
    h = a * 73856093
    h = h ^ b * 19349663
    h = h ^ c * 83492791
    return h % 997


# run step_by_step(x) | x=f32[3]
def step_by_step(x):
    i = torch.arange(1000, 1003)
    return unrolled(i, i, i, i).float(), unrolled_primes(i, i, i).float()


def key_of(i, j, n):
    return i * n + j


def keys_used(i, j, n, table):
    k = i * n + j
    return table[k]


def keys_unique(i, j, n):
    return torch.unique(i * n + j)


def keys_counted(i, j, n):
    return torch.bincount(i * n + j, minlength=9)


def keys_gathered(i, j, n, table):
    return table.gather(0, i * n + j)


def keys_viewed(i, j, n, table):
    return table.view(-1)[i * n + j]


def keys_back(k, i, n):
    flat = i * n + k
    return flat // n, flat % n


# run by_index(x) | x=f32[4]
def by_index(x):
    i = torch.arange(70000, 70003)
    return key_of(i, i, 70003).float(), keys_unique(i, i, 70003).float()


# run small_keys(x) | x=f32[3,3]
def small_keys(x):
    i, j = torch.tensor([0, 1, 2]), torch.tensor([2, 0, 1])
    return (keys_used(i, j, 3, x.reshape(-1)), keys_counted(i, j, 3).float(), keys_gathered(i, j, 3, x.reshape(-1)), keys_viewed(i, j, 3, x))


# run divided(x) | x=f32[4]
def divided(x):
    i = torch.arange(70000, 70003)
    a, b = keys_back(i, i, 70003)
    return a.float(), b.float()


class Grid:
    def __init__(self, rows, cols):
        self.rows = rows
        self.cols = cols

    def flat(self, r, c):
        return r * self.cols + c

    def split(self, k):
        return k // self.cols, k % self.cols


# run grid(x) | x=f32[3]
def grid(x):
    g = Grid(70000, 70001)
    i = torch.arange(69990, 69993)
    r, c = g.split(g.flat(i, i))
    return g.flat(i, i).float(), r.float(), c.float()


# Numbers, floats and what they are used for stay.
def affine(x, scale, shift):
    return x * scale + shift


# run plain(x) | x=f32[3]
def plain(x):
    y = x.clone()
    y *= 3
    return affine(x, 2.0, 1.0), affine(3, 4, 5), y, affine(x, x, x)


def open_scale(h, prime):
    h *= prime
    h ^= h >> 7
    return h % 1009


def open_keys(i, j, n):
    keys = i * n + j
    return torch.unique(keys)


def open_edges(edge_index, n):
    return torch.isin(edge_index[0] * n + edge_index[1], edge_index[0] * n + edge_index[0])


def open_unrolled(a, b):
    h = 17
    h = h * 31 + a
    h = h * 31 + b
    h = h * 31 + a
    h = h * 31 + b
    return h


def open_audio(x, gain):
    x *= gain
    y = x * gain + 0.5
    return x % 1.0, y.round()


def open_pixels(x, n):
    y = x * n + 3
    return y // 2, y[0]


TABLE = {"scale": open_scale, "keys": open_keys, "edges": open_edges, "rolled": open_unrolled, "audio": open_audio, "pixels": open_pixels}


# run by_table(x) | x=f32[3]
def by_table(x):
    i = torch.arange(70000, 70004)
    out = [TABLE["scale"](i.clone(), 1000003).float(), TABLE["keys"](i, i, 70003).float(), TABLE["edges"](torch.stack([i, i]), 70003)]
    out.append(TABLE["rolled"](i, i).float())
    return out


# run floats_by_table(x) | x=f32[3]
def floats_by_table(x):
    return TABLE["audio"](x.clone(), 0.7), TABLE["pixels"](x, 3)


def xorshift(h):
    h ^= h << 13
    h ^= h >> 17
    h ^= h << 5
    return h % 1009


def shifted_sums(h, c):
    for _ in range(5):
        h = ((h << 5) + h) + c
    return h % 1009


def open_shifts(h):
    h = h ^ (h << 13)
    h = h ^ (h >> 7)
    return (h ^ (h << 17)) % 1009


SHIFTS = {"open": open_shifts}


# run shifts(x) | x=f32[3]
def shifts(x):
    i = torch.arange(70000, 70004)
    return xorshift(i.clone()).float(), shifted_sums(i, i).float(), SHIFTS["open"](i).float(), SHIFTS["open"](5) + x


# What is asked for with 32 bits keeps them.
# run low_bits(c) | c=f32[5,3]
def low_bits(c):
    primes = [1, 2654435761, 805459861]
    cells = torch.floor(c * 4).int()
    h = torch.zeros_like(cells)[..., 0]
    for i in range(cells.shape[-1]):
        h ^= cells[..., i] * primes[i]
    return torch.tensor((1 << 10) - 1) & h, 2654435761 * cells


def shifted_range(n):
    h = torch.arange(n)
    h <<= 40
    return h


def shifted_ids(ids):
    ids <<= 20
    ids ^= ids >> 7
    return ids


def far_shift(ids):
    ids <<= 33
    return ids


def flags(n, i):
    n <<= 1
    i <<= 2
    return n | 1, i


OPEN = {"ids": shifted_ids, "far": far_shift, "flags": flags}


# run shifts_in_place(x) | x=f32[3]
def shifts_in_place(x):
    i = torch.arange(70000, 70004)
    n = len(x) + 2
    powers = 1 << torch.arange(n), (1 << torch.arange(40)).sum(), 1 << (torch.arange(n) * 9)
    return shifted_range(n), OPEN["ids"](i.clone()), OPEN["far"](i.clone()), OPEN["flags"](3, i.clone()), powers
