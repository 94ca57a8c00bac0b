# script model=model | xs=np.random.default_rng(0).uniform(0, 1, (10, 6, 8)) | es=f32[10,6,2] | train=10
import torch
import torch.nn as nn
import torch.nn.functional as F


class VAE(nn.Module):
    def __init__(self, beta=0.5, free_bits=0.05):
        super().__init__()
        self.enc = nn.Linear(8, 6)
        self.mu, self.logvar = nn.Linear(6, 2), nn.Linear(6, 2)
        self.dec = nn.Sequential(nn.Linear(2, 6), nn.ELU(), nn.Linear(6, 8), nn.Sigmoid())
        self.beta = beta
        self.free_bits = free_bits

    def encode(self, x):
        h = F.softplus(self.enc(x))
        return self.mu(h), self.logvar(h).clamp(-10, 10)

    def forward(self, x, eps):
        mu, logvar = self.encode(x)
        std = torch.exp(0.5 * logvar)
        z = eps.mul(std).add_(mu)
        return self.dec(z), mu, logvar

    def loss_function(self, recon, x, mu, logvar, step):
        bce = F.binary_cross_entropy(recon, x, reduction="sum") / x.size(0)
        kld = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp())
        kld = torch.max(kld.mean(0), torch.full_like(kld.mean(0), self.free_bits)).sum()
        weight = min(1.0, step / 5)
        return bce + self.beta * weight * kld


model = VAE()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2, amsgrad=True)
losses = []
for step, (x, eps) in enumerate(zip(xs, es)):
    recon, mu, logvar = model(x, eps)
    loss = model.loss_function(recon, x, mu, logvar, step)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

losses, model
