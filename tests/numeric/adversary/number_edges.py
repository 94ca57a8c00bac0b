"""Numbers at the edges of operations: last bits, NaN and infinities, ties, singular matrices."""
import torch
import torch.nn as nn
import torch.nn.functional as F


# run frames(300, 16) | check=kind
def frames(total, count):
    return torch.linspace(0, total - 1, count).long(), torch.linspace(0, 29, 30).int(), torch.linspace(0, 1, 11) * 10 >= 3


# run thresholds(x) | x=np.array([0.6, 0.65, 0.7, 0.9]) | check=kind
def thresholds(x):
    steps = torch.linspace(0.5, 0.95, 10)
    return (x[:, None] >= steps).sum(1), steps == torch.tensor([0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95])


# run spaced()
def spaced():
    return torch.linspace(0, 1, 101), torch.linspace(-1, 1, 32), torch.linspace(0.0001, 0.02, 1000), torch.linspace(3, 0, 7), torch.linspace(0, 1, 1), torch.linspace(2, 5, 0)


# run spaced_dtypes() | check=kind | tol=0
def spaced_dtypes():
    return torch.linspace(0, 10, 4, dtype=torch.int64), torch.linspace(-7, 7, 6, dtype=torch.int32), torch.linspace(0, 1, 7, dtype=torch.float16), torch.linspace(0, 100, 9).to(torch.int32)


# run spaced_exact() | tol=0
def spaced_exact():
    return torch.linspace(0, 1, 5), torch.linspace(-1, 1, 3), torch.linspace(0, 8, steps=9)


# run powers() | tol=1e-6
def powers():
    return torch.logspace(0, 2, 5), torch.logspace(-3, 3, 13), torch.logspace(0, 3, 4, base=2.0), torch.logspace(1, 10, 10, base=2).long(), torch.logspace(0, 2, 1)


# run shrunk(x) | x=np.array([np.nan, -2.0, -0.5, 0.0, 0.5, 0.3, 2.0, np.inf, -np.inf])
def shrunk(x):
    return F.hardshrink(x), F.softshrink(x), F.threshold(x, 0.5, -1.0), F.tanhshrink(x[:7]), F.hardshrink(x, 0.3), F.softshrink(x, 0.2)


# run clipped(x) | x=np.array([np.nan, -2.0, -0.5, 0.0, 0.5, 7.0, np.inf, -np.inf])
def clipped(x):
    return F.relu6(x), F.hardtanh(x), x.clamp(-1, 1), x.clamp(min=0), x.clamp_max(1.0), F.relu(x), torch.clip(x, 0.0, 2.0), F.hardsigmoid(x), F.hardswish(x[:6]), F.leaky_relu(x, 0.1), F.elu(x), F.threshold(x, 0.0, 0.0)


# run layered(x) | x=np.array([np.nan, -2.0, -0.5, 0.0, 0.5, 7.0])
def layered(x):
    return nn.Hardshrink()(x), nn.Softshrink()(x), nn.Threshold(0.1, 20.0)(x), nn.Tanhshrink()(x), nn.ReLU6()(x), nn.Hardtanh()(x)


# run layered_named(x) | x=np.array([np.nan, -2.0, -0.5, 0.0, 0.5, 7.0])
def layered_named(x):
    layers = {"hard": nn.Hardshrink, "soft": nn.Softshrink, "relu6": nn.ReLU6}
    return [layers[k]()(x) for k in layers], [f(x) for f in (F.hardshrink, F.softshrink, F.relu6, F.hardtanh, F.tanhshrink)]


# run clamped_by(x, lo) | x=np.array([np.nan, 1.0, 5.0]) | lo=np.array([2.0, np.nan, 3.0])
def clamped_by(x, lo):
    return torch.clamp(x, min=lo), torch.clamp(x, max=lo), torch.clamp(x, lo, lo + 1), x.clamp(lo, None)


# run gathered_extrema(x, i) | x=np.array([1.0, np.nan, 3.0, -1.0]) | i=np.array([0, 0, 1, 1])
def gathered_extrema(x, i):
    z = torch.zeros(3)
    return z.scatter_reduce(0, i, x, "amax"), z.scatter_reduce(0, i, x, "amin", include_self=False), z.scatter_reduce(0, i, x, reduce="amax", include_self=False)


# run indexed_extrema(x, i) | x=np.array([[1.0, np.nan], [3.0, -1.0], [0.0, 4.0]]) | i=np.array([0, 0, 1])
def indexed_extrema(x, i):
    z = torch.zeros(3, 2)
    return z.index_reduce(0, i, x, "amax"), z.index_reduce(0, i, x, "amin", include_self=False), torch.index_reduce(z, 0, i, x, "prod")


# run reached(x, y) | x=np.array([np.inf, -np.inf, np.inf, np.nan, 3.0, 1e30]) | y=np.array([np.nan, np.inf, 1.0, np.inf, 4.0, 1e30])
def reached(x, y):
    return torch.hypot(x, y), x.hypot(y), torch.hypot(y, x)


# run rooted(x) | x=np.array([np.inf, -np.inf, np.nan, 4.0, -4.0, 0.0, -0.0])
def rooted(x):
    return x.sqrt(), x[2:] // 2, x % 3, torch.remainder(x, 3), torch.fmod(x, 3), x.rsqrt(), x.sign(), torch.sinc(x[3:])


# run picked_items(batch) | batch={"x": np.arange(4.0), "mask": np.array([1, 0, 1, 1], dtype=np.uint8)}
def picked_items(batch):
    return batch["x"][batch["mask"]]


# run fallen_inverse() | check=kind
def fallen_inverse():
    a = torch.ones(2, 2)
    try:
        return torch.inverse(a)
    except RuntimeError:
        return torch.linalg.pinv(a)


# run fallen_solve() | check=kind
def fallen_solve():
    a = torch.ones(2, 2)
    b = torch.ones(2, 1)
    try:
        x = torch.linalg.solve(a, b)
        ok = 1
    except Exception:
        x = torch.zeros(2, 1)
        ok = 0
    return x, ok


# run fallen_more() | check=kind
def fallen_more():
    a = torch.zeros(3, 3)
    out = []
    try:
        out.append(torch.linalg.inv(a))
    except (ValueError, RuntimeError):
        out.append(torch.eye(3))
    try:
        out.append(a.inverse())
    except torch.linalg.LinAlgError:
        out.append(torch.ones(3, 3))
    return out


def inverted(a):
    return torch.linalg.inv(a) * 2


# run fallen_elsewhere() | check=kind
def fallen_elsewhere():
    for jitter in (0.0, 1.0):
        try:
            return inverted(torch.ones(2, 2) + jitter * torch.eye(2)), jitter
        except RuntimeError:
            continue


# run fallen_batch(b) | b=f32[2,2]
def fallen_batch(b):
    a = torch.stack([torch.eye(2), torch.ones(2, 2)])
    try:
        return torch.linalg.solve(a, b)
    except torch.linalg.LinAlgError:
        return b


# run risen(b) | b=f32[2,3] | grad=b | tol=1e-4
def risen(b):
    a = torch.tensor([[2.0, 1.0], [1.0, 3.0]])
    try:
        return torch.linalg.solve(a, b), torch.inverse(a) @ b
    except RuntimeError:
        return b, b


# run solved(a, b) | a=f32[3,3] | b=f32[3,2] | tol=1e-3
def solved(a, b):
    a = a @ a.T + torch.eye(3)
    return torch.linalg.solve(a, b), torch.linalg.inv(a), torch.linalg.solve(a, b[:, 0])


# run written_outside() | check=kind
def written_outside():
    x = torch.zeros(3)
    try:
        x[5] = 1.0
    except IndexError:
        return x - 1
    return x


# run written_rows(n) | n=5 | check=kind
def written_rows(n):
    x = torch.zeros(3, 2)
    done = 0
    for i in range(n):
        try:
            x[i] = 1.0
            done += 1
        except IndexError:
            break
    return x, done


# run written_by_condition(x, i, j) | x=f32[3,2] | i=2 | j=2 | check=kind
# run written_by_condition(x, i, j) | x=f32[3,2] | i=-4 | j=0 | check=kind
# run written_by_condition(x, i, j) | x=f32[3,2] | i=-3 | j=1 | check=kind
def written_by_condition(x, i, j):
    grid = x.clone()
    try:
        grid[i, j] += 2.0
        grid[i][j] = 7.0
        grid[i, j] = grid[0, 0]
    except IndexError:
        grid[0] = 5.0
    return grid


# run read_outside(x) | x=f32[3] | check=kind
def read_outside(x):
    try:
        return x[5]
    except IndexError:
        return x[0]


# run joined_ties(x) | x=np.array([[2.0, 2.0, 1.0], [0.0, 0.0, 0.0]]) | grad=x
def joined_ties(x):
    return x.max(), x.min()


# run a_ties(x) | x=np.array([[2.0, 2.0, 1.0], [0.0, 0.0, 0.0]]) | grad=x
def a_ties(x):
    return x.amax(1), x.amin(dim=0), torch.amax(x, (0, 1)), x.amax()


# run clamp_ties(x) | x=np.array([-1.0, 0.0, 1.0, 2.0]) | grad=x
def clamp_ties(x):
    return x.clamp(0, 1), x.clamp(min=0), F.relu(x), x.abs(), F.relu6(x), F.hardtanh(x), F.leaky_relu(x), x.clamp_min(1.0)


# run shrink_ties(x) | x=np.array([-1.0, -0.5, 0.0, 0.5, 1.0]) | grad=x
def shrink_ties(x):
    return F.hardshrink(x), F.softshrink(x), F.threshold(x, 0.5, 0.0), F.elu(x), F.hardsigmoid(x), F.l1_loss(x, torch.zeros(5)), F.smooth_l1_loss(x, torch.zeros(5))


# run index_ties(x) | x=np.array([[2.0, 2.0, 1.0], [0.0, 0.0, 0.0]]) | check=kind
def index_ties(x):
    return x.max(1)[1], x.min(1)[1], x.argmax(1), x.argmin(), x.max(0), x.min(0), x.argmax(dim=0, keepdim=True), x.sort(1)[1], x.argsort(0)


# run cum_ties(x) | x=np.array([2.0, 2.0, 1.0, 3.0, 3.0]) | check=kind
def cum_ties(x):
    return x.cummax(0), x.cummin(0)


# run cum_grad(x) | x=np.array([2.0, 2.0, 1.0, 3.0, 3.0]) | grad=x
def cum_grad(x):
    return x.cummax(0)[0] * torch.arange(1.0, 6.0)


def even_steps(n):
    return torch.linspace(0, n - 1, n)


# run given_steps(30) | check=kind
def given_steps(n):
    return even_steps(n).long(), [int(t) for t in even_steps(n)]


class Grid(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.register_buffer("places", torch.linspace(0, n - 1, n))
        self.marks = torch.linspace(0.5, 0.95, n)

    def forward(self, x):
        return x * self.places.floor(), x > self.marks


# run model = Grid(30); model(x) | weights=own | x=np.array([0.55, 0.5] * 15)
def kept_steps():
    pass


# run looped_steps(30) | check=kind
def looped_steps(n):
    out = []
    for t in torch.linspace(0, n - 1, n):
        out.append(int(t))
    pairs = list(zip(torch.linspace(0, 2 * n, 2 * n + 1), range(2 * n)))
    return out, [round(float(a) + 0.5) - b for a, b in pairs], torch.bucketize(torch.linspace(0, 1, 11)[5], torch.linspace(0, 1, 11)), torch.floor(torch.linspace(0, 1, n) * (n - 1))


# run smooth_steps(x) | x=f32[3]
def smooth_steps(x):
    rates = [r.item() for r in torch.linspace(0, 0.3, 3)]
    line = torch.linspace(-1, 1, 7)
    a, b = torch.meshgrid(line, torch.linspace(0, 1, x.shape[0]), indexing="ij")
    return x * torch.linspace(0.1, 0.2, 3), a + b, rates


# run spectral_loss(z, w, n) | z=c64[4] | w=c64[3] | n=2 | grad=z,w
def spectral_loss(z, w, n):
    size = z.imag ** 2 + (z ** n).imag
    return (z ** 3).imag, torch.view_as_real(w ** 2), z.real ** 2 + size, torch.angle(w ** -1) * n ** 2


# run drop_rates(0.1, 4, x) | x=f32[3]
def drop_rates(rate, depth, x):
    rates = [r.item() for r in torch.linspace(0, rate, depth)]
    return [x * (1 - r) if r > 0.0 else x for r in rates]
