"""Operations that MLX lacks for some values: what is empty, negative, complex, or has no gradient of its own."""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


# run none_kept(x, 9.0) | x=f32[4]
# run none_kept(x, -9.0) | x=f32[4]
def none_kept(x, least):
    keep = []
    for i in range(len(x)):
        if x[i] > least:
            keep.append(i)
    return x[keep]


class Holder:
    def __init__(self):
        self.rows = []

    def take(self, x):
        return x[self.rows]


# run held_none(x) | x=f32[4,2]
def held_none(x):
    return Holder().take(x)


# run filled(x, lengths) | x=f32[3,4] | lengths=np.array([1, 4, 2])
def filled(x, lengths):
    out = torch.zeros(3, 4)
    for i, n in enumerate(lengths):
        out[i, :n] = x[i, :n]
    return out


# run masked_by_length(lengths) | lengths=np.array([1, 4, 2])
def masked_by_length(lengths):
    m = torch.zeros(3, 4)
    for i, (row, n) in enumerate(zip(m, lengths)):
        m[i, n:] = 1.0
    return m


# run summed_parts(x, lengths) | x=f32[3,4] | lengths=np.array([1, 4, 2])
def summed_parts(x, lengths):
    return torch.stack([x[i, :l].mean() for i, l in enumerate(lengths)]), [x[i][:l] for i, l in enumerate(lengths)]


# run vectors(a) | a=f32[3,3] | grad=a | tol=1e-3
def vectors(a):
    a = (a + a.T) / 2 + torch.diag(torch.tensor([1.0, 3.0, 7.0]))
    values, v = torch.linalg.eigh(a)
    return values, (v * values.sqrt()) @ v.T


# run squared_vectors(a) | a=f32[3,3] | grad=a | tol=1e-3
def squared_vectors(a):
    a = a @ a.T + torch.diag(torch.tensor([1.0, 3.0, 7.0]))
    L, V = torch.linalg.eigh(a)
    return V.abs(), L


# run orthonormal(a) | a=f32[4,3] | grad=a | tol=1e-3
def orthonormal(a):
    q, r = torch.linalg.qr(a)
    return q @ q.T, r.abs()


# run complex_made(x) | x=f32[8]
def complex_made(x):
    z = torch.fft.fft(x)
    return torch.sigmoid(z), torch.expm1(z * 0.1), torch.log1p(z)


# run complex_system(a, b) | a=f32[3,3] | b=f32[3,1] | grad=a,b | tol=1e-3
def complex_system(a, b):
    z = torch.complex(a, a.T) + 4 * torch.eye(3)
    w = torch.complex(b, b * 2)
    inverse = torch.linalg.inv(z)
    return torch.linalg.solve(z, w).abs(), torch.linalg.solve(z, w[:, 0]).real, torch.linalg.solve(z, w.T, left=False).imag, (inverse @ z).real


# run complex_filters(x, w) | x=f32[2,4,8] | w=f32[6,2,3] | grad=x,w | tol=1e-4
def complex_filters(x, w):
    z, k = torch.complex(x, x * 2), torch.complex(w, 1 - w)
    return F.conv1d(z, k, torch.ones(6, dtype=torch.complex64), stride=2, padding=1, groups=2).real, F.conv1d(z[0], k, groups=2).abs()


# run complex_images(x, w) | x=f32[1,2,5,5] | w=f32[3,2,3,3] | tol=1e-4
def complex_images(x, w):
    return F.conv2d(torch.fft.fft2(x), torch.complex(w, w + 1), padding="same")


class Plain:
    def __init__(self, trained):
        self.scale = nn.Parameter(torch.full((3,), 2.0), requires_grad=False)
        self.shift = nn.Parameter(torch.zeros(3), requires_grad=trained)


class Base:
    pass


class PlainChild(Base):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.full((3,), 3.0), requires_grad=False)


class ScaleMixin:
    def make(self):
        self.scale = nn.Parameter(torch.full((3,), 4.0), requires_grad=False)


class Mixed(ScaleMixin, nn.Module):
    def __init__(self):
        super().__init__()
        self.make()
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        return self.fc(x) * self.scale


# run plain(x) | x=f32[3] | grad=x
def plain(x):
    p = Plain(False)
    return x * p.scale + p.shift, x * PlainChild().scale


# run model = Mixed(); model(x) | model=model | x=f32[2,3] | grad=parameters
def mixed():
    pass


class Frozen:
    def __init__(self):
        self.w = nn.Parameter(torch.ones(3), requires_grad=False)
        self.b = torch.nn.Parameter(torch.zeros(3), requires_grad=True)


# run frozen(x) | x=f32[3]
def frozen(x):
    f = Frozen()
    return x * f.w + f.b


# run halved(x) | x=f32[2,3] | check=shape
def halved(x):
    m = nn.Linear(3, 2).half().float()
    return m(x)


# run halved_more(x) | x=f32[2,3] | check=shape
def halved_more(x):
    m = nn.Sequential(nn.Linear(3, 2)).double().half().float().eval()
    return m(x), m.half().float().train()(x)


def shifted(t):
    return t + 1


# run divided(t) | t=f32[3]
def divided(t):
    y = shifted(t).div_(2)
    return y, shifted(t).mul_(3).add_(1), t


class Shift:
    def by(self, t):
        return t + 1

    def same(self, t):
        return t


class FarShift(Shift):
    def by(self, t):
        return t - 9


# run moved_by_object(t) | t=f32[3]
def moved_by_object(t):
    s = Shift()
    y = s.by(t).div_(2).add_(1)
    return y, s.by(t).mul_(3).sum(), t


class Refined(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def shift(self, x):
        return self.fc(x) - 1

    def forward(self, x):
        y = self.shift(x).mul_(2)
        z = self.fc(x).add_(1).relu_()
        return y + z, torch.cat([self.shift(x).tanh_(), x]), x


# run model = Refined(); model(x) | model=model | x=f32[2,3] | grad=x,parameters
def refined():
    pass


# run moved_itself(t) | t=f32[3] | todo
def moved_itself(t):
    y = Shift().same(t).div_(2)
    return y, t


def passed(t):
    return t


# run divided_itself(t) | t=f32[3] | todo
def divided_itself(t):
    y = passed(t).div_(2)
    return y, t
