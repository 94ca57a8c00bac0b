# script model=model | xs=f32[10,12,4] | train=10
import torch
import torch.nn as nn
import torch.nn.functional as F


class VQ(nn.Module):
    def __init__(self, n=6, d=3, decay=0.9, eps=1e-5):
        super().__init__()
        self.n, self.d = n, d
        self.decay, self.eps = decay, eps
        embed = torch.linspace(-1, 1, n * d).view(n, d)
        self.register_buffer("embed", embed)
        self.register_buffer("cluster_size", torch.ones(n))
        self.register_buffer("embed_avg", embed.clone())

    def forward(self, z):
        d = z.pow(2).sum(1, keepdim=True) - 2 * z @ self.embed.t() + self.embed.pow(2).sum(1)
        idx = d.argmin(dim=1)
        onehot = F.one_hot(idx, self.n).type(z.dtype)
        q = F.embedding(idx, self.embed)
        if self.training:
            self.cluster_size.data.mul_(self.decay).add_(onehot.sum(0), alpha=1 - self.decay)
            self.embed_avg.data.mul_(self.decay).add_(onehot.t() @ z.detach(), alpha=1 - self.decay)
            n = self.cluster_size.sum()
            size = (self.cluster_size + self.eps) / (n + self.n * self.eps) * n
            self.embed.data.copy_(self.embed_avg / size.unsqueeze(1))
        loss = F.mse_loss(q.detach(), z)
        q = z + (q - z).detach()
        return q, loss, idx


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 3)
        self.vq = VQ()
        self.dec = nn.Linear(3, 4)

    def forward(self, x):
        z = self.enc(x)
        q, vq_loss, idx = self.vq(z)
        return self.dec(q), vq_loss


model = Model()
opt = torch.optim.Adam(model.parameters(), 1e-2)
losses = []
for x in xs:
    recon, vq = model(x)
    loss = F.mse_loss(recon, x) + 0.25 * vq
    opt.zero_grad()
    loss.backward()
    opt.step()
    losses.append(loss.item())

losses, model
