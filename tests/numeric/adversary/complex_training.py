"""Parameters of complex numbers: optimizers take their real and imaginary parts apart."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Spectral(nn.Module):
    def __init__(self, i=2, o=2, modes=4):
        super().__init__()
        self.out, self.modes = o, modes
        self.weight = nn.Parameter(torch.rand(i, o, modes, dtype=torch.cfloat))
        self.mix = nn.Conv1d(o, o, 1)

    def forward(self, x):
        spectrum = torch.fft.rfft(x)
        filtered = torch.zeros(x.shape[0], self.out, x.size(-1) // 2 + 1, dtype=torch.cfloat)
        filtered[:, :, :self.modes] = torch.einsum("bix,iox->box", spectrum[:, :, :self.modes], self.weight)
        return self.mix(torch.fft.irfft(filtered, n=x.size(-1)))


# run m = Spectral(); by_adam(m, x) | model=m | x=f32[2,2,12] | tol=1e-3
def by_adam(m, x):
    opt = torch.optim.Adam(m.parameters(), lr=1e-2, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.StepLR(opt, step_size=2, gamma=0.5)
    losses = []
    for _ in range(5):
        opt.zero_grad()
        loss = F.mse_loss(m(x), x * 2)
        loss.backward()
        opt.step()
        schedule.step()
        losses.append(loss.item())
    return losses


# run m = Spectral(); by_adamw(m, x) | model=m | x=f32[2,2,12] | tol=1e-3
def by_adamw(m, x):
    opt = torch.optim.AdamW(m.parameters(), lr=1e-2, amsgrad=True)
    losses = []
    for _ in range(5):
        opt.zero_grad()
        loss = F.mse_loss(m(x), x * 2)
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses


# run m = Spectral(); by_groups(m, x) | model=m | x=f32[2,2,12] | tol=1e-3
def by_groups(m, x):
    opt = torch.optim.AdamW([{"params": [m.weight], "lr": 3e-2}, {"params": m.mix.parameters()}], lr=1e-2)
    losses = []
    for _ in range(5):
        opt.zero_grad()
        loss = F.mse_loss(m(x), x * 2)
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses


# run m = Spectral(); by_rmsprop(m, x) | model=m | x=f32[2,2,12] | tol=1e-3
def by_rmsprop(m, x):
    opt = torch.optim.RMSprop(m.parameters(), lr=1e-2)
    losses = []
    for _ in range(5):
        opt.zero_grad()
        loss = F.mse_loss(m(x), x * 2)
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses


# run m = Spectral(); clipped(m, x) | model=m | x=f32[2,2,12] | tol=1e-3
def clipped(m, x):
    opt = torch.optim.SGD(m.parameters(), lr=0.5, momentum=0.9)
    losses = []
    for _ in range(5):
        opt.zero_grad()
        loss = F.mse_loss(m(x), x * 2)
        loss.backward()
        nn.utils.clip_grad_norm_(m.parameters(), 0.1)
        opt.step()
        losses.append(loss.item())
    return losses
