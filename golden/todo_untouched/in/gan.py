"""Training that is more than one backward and one step beside each other."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Generator(nn.Module):
    def __init__(self, latent=4, dim=8):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(latent, 16), nn.LeakyReLU(0.2), nn.Linear(16, dim), nn.Tanh())

    def forward(self, z):
        return self.net(z)


class Discriminator(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(dim, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))

    def forward(self, x):
        return self.net(x)


def train_gan(G, D, real_batches, zs):
    opt_g = torch.optim.Adam(G.parameters(), lr=2e-4, betas=(0.5, 0.999))
    opt_d = torch.optim.Adam(D.parameters(), lr=2e-4, betas=(0.5, 0.999))
    adversarial = nn.BCEWithLogitsLoss()
    for real, z in zip(real_batches, zs):
        valid = torch.ones(real.size(0), 1)
        fake = torch.zeros(real.size(0), 1)

        # generator
        opt_g.zero_grad()
        gen = G(z)
        g_loss = adversarial(D(gen), valid)
        g_loss.backward()
        opt_g.step()

        # discriminator
        opt_d.zero_grad()
        d_loss = (adversarial(D(real), valid) + adversarial(D(gen.detach()), fake)) / 2
        d_loss.backward()
        opt_d.step()
    return g_loss.item(), d_loss.item()


def train_accumulated(model, xs, ys, accumulate=4):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    optimizer.zero_grad()
    for i, (x, y) in enumerate(zip(xs, ys)):
        loss = F.mse_loss(model(x), y) / accumulate
        loss.backward()
        if (i + 1) % accumulate == 0:
            optimizer.step()
            optimizer.zero_grad()


def train_scaled(model, xs, ys):
    optimizer = torch.optim.AdamW(model.parameters())
    scaler = torch.cuda.amp.GradScaler(enabled=False)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=len(xs))
    for x, y in zip(xs, ys):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        torch.nn.utils.clip_grad_value_(model.parameters(), 0.5)
        scaler.step(optimizer)
        scaler.update()
        scheduler.step()
    return loss


def fit_lbfgs(model, x, y):
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        return loss

    for _ in range(3):
        optimizer.step(closure)
    return closure().item()


def add_noise_to_gradients(model, x, y, std):
    """A step by hand: gradients are read and written."""
    loss = F.mse_loss(model(x), y)
    loss.backward()
    for p in model.parameters():
        p.grad += std * torch.randn_like(p.grad)
        p.data -= 0.01 * p.grad
        p.grad = None


def discriminator_loss(D, real, fake):
    """This one is only a function of tensors."""
    return F.softplus(-D(real)).mean() + F.softplus(D(fake)).mean()
