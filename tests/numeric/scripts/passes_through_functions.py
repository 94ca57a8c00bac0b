# script tol=1e-4
# A function of the project stands between the generator's pass and the critic's step: it gives the same again.
import torch
import torch.nn as nn
import torch.nn.functional as F

BASES = {}
WINDOWS = {}


def compressed(x, floor=1e-5):
    return torch.log(torch.clamp(x, min=floor))


def spectrum(y, size, hop):
    if torch.min(y) < -100.0:
        print("low", torch.min(y))
    global BASES, WINDOWS
    if size not in BASES:
        basis = torch.linspace(0, 1, size * (size // 2 + 1)).reshape(size, -1)
        BASES[str(size) + "_"] = basis.to(y.device)
        WINDOWS[str(y.device)] = torch.hann_window(size)
    y = F.pad(y.unsqueeze(1), (hop, hop), mode="reflect").squeeze(1)
    spec = torch.stft(y, size, hop_length=hop, win_length=size, window=WINDOWS[str(y.device)], center=False, return_complex=True).abs()
    spec = torch.matmul(BASES[str(size) + "_"], spec)
    return compressed(spec)


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Linear(8, 16)

    def forward(self, x):
        return torch.tanh(self.up(x))


def filled(module):
    with torch.no_grad():
        for k, p in enumerate(module.parameters()):
            p.copy_(torch.sin(torch.arange(p.numel(), dtype=torch.float32) * 0.7 + k).reshape(p.shape) * 0.3)
    return module


def train(generator, critic, loader):
    opt_g = torch.optim.AdamW(generator.parameters(), 0.01)
    opt_d = torch.optim.AdamW(critic.parameters(), 0.01)
    losses = []
    for x, y in loader:
        y_mel = spectrum(y, 8, 4)
        fake = generator(x)
        fake_mel = spectrum(fake, 8, 4)
        opt_d.zero_grad()
        loss_d = ((1 - critic(y)) ** 2).mean() + (critic(fake.detach()) ** 2).mean()
        loss_d.backward()
        opt_d.step()
        opt_g.zero_grad()
        loss_g = ((1 - critic(fake)) ** 2).mean() + F.l1_loss(fake_mel, y_mel)
        loss_g.backward()
        opt_g.step()
        losses.append((loss_d.item(), loss_g.item()))
    return losses


inputs = [(torch.linspace(-1, 1, 16).reshape(2, 8) * k, torch.cos(torch.arange(32.0) * k).reshape(2, 16)) for k in (1, 2, 3)]
generator, critic = filled(Generator()), filled(nn.Linear(16, 1))
train(generator, critic, inputs), generator, critic
