"""Gradients of functions that nothing here differentiates: who imports them may. And of methods that run without being named."""
import torch
import torch.nn as nn
import torch.nn.functional as F


# run filled_by_mean(x, t) | x=f32[3] | t=f32[3] | grad=x,t
def filled_by_mean(x, t):
    z = torch.zeros(3)
    z.fill_(t.mean())
    y = torch.empty(3)
    torch.fill_(y, t[0] * 2)
    return x * z + y * x, torch.zeros_like(x).fill_((t * 2).sum()) * x


# run rows_filled(x, t) | x=f32[2,3] | t=f32[3] | grad=x,t
def rows_filled(x, t):
    z = torch.ones(2, 3)
    z[0].fill_(t.sum())
    z[1, :2].fill_(t[1])
    return z * x


# A number needs no gradient.
# run filled_by_numbers(x) | x=f32[3] | grad=x
def filled_by_numbers(x):
    z = torch.zeros(3)
    z.fill_(2.5)
    return z * x


# run pooled_neighbours(x, i) | x=np.array([2.0, 2.0, 1.0, 0.0], np.float32) | i=np.array([0, 0, 1, 1]) | grad=x
# run pooled_neighbours(x, i) | x=np.array([0.0, 0.0, -1.0, -1.0], np.float32) | i=np.array([0, 0, 2, 2]) | grad=x
def pooled_neighbours(x, i):
    a = x.new_zeros(3).scatter_reduce_(0, i, F.relu(x), "amax", include_self=False)
    b = torch.zeros(3).index_reduce(0, i, x, "amin", include_self=False)
    c = (x[:3] * 2).scatter_reduce(0, i, x, "amax")
    return a * 2, b, c


# run m = Pooled(); m(x, i) | model=m | x=f32[4,3] | i=np.array([[0, 0, 1], [1, 1, 0], [2, 2, 2], [0, 0, 0]]) | grad=x,parameters
class Pooled(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(3, 3)

    def forward(self, x, i):
        h = F.relu(self.lin(x) - 0.5)
        return h.new_zeros(3, 3).scatter_reduce(0, i, h, reduce="amax", include_self=False)


# run bounded(x, y) | x=np.array([2.0, 2.0, 1.0], np.float32) | y=np.array([2.0, 1.0, 3.0], np.float32) | grad=x,y
def bounded(x: torch.Tensor, y: torch.Tensor):
    return torch.clamp(x, y, y + 1), x.clamp(min=y), x.clamp(max=y), x.clamp_min(y), torch.clip(x, y), torch.maximum(x, y)


# Beside a number, a tensor is a number.
# run bounded_by_number(x) | x=np.array([2.0, 0.0, 1.0], np.float32) | grad=x
def bounded_by_number(x: torch.Tensor):
    return torch.clamp(x * 3, 0, torch.tensor(6.0)), x.clamp(torch.tensor(0.0), 1)


# run m = Bounded(0.0, None); m(x, y) | model=m | x=np.array([2.0, 2.0, 1.0], np.float32) | y=np.array([2.0, 1.0, 3.0], np.float32) | grad=x,y
class Bounded(nn.Module):
    def __init__(self, low, high):
        super().__init__()
        self.low, self.high = low, high

    def forward(self, x, y):
        return x.clamp(max=y.relu()) + x.clamp(min=self.low, max=self.high) + x.clamp(max=y * 1.0)


# run m = DataOfComputed(); m(x) | model=m | x=f32[3] | grad=x,parameters
class DataOfComputed(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(3))

    def forward(self, x):
        y = x * self.w
        y.data = y.data + 1
        z = x.sum() * self.w.sum()
        z.data = z.data * 2
        return y * x, z * x


# run data_of_computed(x, t) | x=f32[3] | t=f32[3] | grad=x,t
def data_of_computed(x, t):
    y = x * t
    y.data = y.data.clamp(-0.5, 0.5)
    z = x - t
    z.data = z.data + 1
    return y * x + z * t


# run copied_again(x) | x=f32[3] | grad=x
def copied_again(x: torch.Tensor):
    y = torch.tensor(x)
    return (y * x).sum()


# run copied_of(x, sigma) | x=f32[3] | sigma=f32[3] | grad=x,sigma
def copied_of(x, sigma: torch.Tensor):
    return (x * torch.tensor(sigma, dtype=x.dtype)).sum() + x * x.new_tensor(sigma)


# What nothing tells of is a number or a list far more often than a tensor.
# run copied_like(x, 2.0) | x=f32[3] | grad=x
# run copied_like(x, [1.0, 2.0, 3.0]) | x=f32[3] | grad=x
def copied_like(x, sigma):
    return (x * torch.tensor(sigma, dtype=x.dtype)).sum() + x * x.new_tensor(sigma)


def quarters(h):
    return (h * 4).int()


# run scaled_by_quarters(x) | x=f32[3] | grad=x
def scaled_by_quarters(h: torch.Tensor):
    return h * quarters(h) * 5


# run m = ByPrefix("cut"); m(x) | model=m | x=f32[3] | grad=x,parameters
# run m = ByPrefix("copy"); m(x) | model=m | x=f32[3] | grad=x,parameters
# run m = ByPrefix("cast"); m(x) | model=m | x=f32[3] | grad=x,parameters
class ByPrefix(nn.Module):
    def __init__(self, mode):
        super().__init__()
        self.mode = mode
        self.w = nn.Parameter(torch.ones(3))

    def apply_cut(self, h):
        with torch.no_grad():
            s = h.sum()
        return h * s

    def apply_copy(self, h):
        return h * torch.tensor(h)

    def apply_cast(self, h):
        u = torch.zeros(3)
        u.data.copy_(h)
        return h * u * (h * 4).int()

    def forward(self, x):
        h = x * self.w
        return getattr(self, "apply_" + self.mode)(h) * 3 + getattr(self, f"apply_{self.mode}")(h)


class Stretched:
    def __init__(self, h):
        self.h = h

    def __add__(self, n):
        with torch.no_grad():
            s = self.h * n
        return self.h * s

    def __rmul__(self, n):
        return self.h * (self.h * n).int() * 3

    def __getitem__(self, n):
        return self.h * torch.tensor(self.h) * n

    def __neg__(self):
        return self.h * self.h.detach()


# run m = ByOperators(); m(x) | model=m | x=f32[3] | grad=x,parameters
class ByOperators(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(3))

    def forward(self, x):
        h = x * self.w
        return Stretched(h) + 1, 4 * Stretched(h), Stretched(h)[2], -Stretched(h)


# In a list, PyTorch takes a tensor of one item for its number, whatever axes it has.
# run numbers_of_slices(x) | x=f32[3]
def numbers_of_slices(x: torch.Tensor):
    return torch.tensor([x[:1], x[1:2]]), torch.tensor([x.sum(), x.max(), 2.0])


# run numbers_of_lengths([(i, i + 2), (i + 1, i + 5)]) | i=np.array([3])
def numbers_of_lengths(parts):
    return torch.tensor([e - s for s, e in parts], dtype=torch.int)


# run numbers_of_a_list([x[:1], x[1:2, None], 2.0]) | x=f32[3]
def numbers_of_a_list(parts):
    return torch.tensor([p for p in parts])
