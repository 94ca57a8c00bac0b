# script model=model | xs=f32[10,8,5] | ns=f32[10,8,5] | train=10 | tol=1e-3
import torch
import torch.nn as nn
import torch.nn.functional as F


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(5, 16), nn.BatchNorm1d(16), nn.ReLU(inplace=True), nn.Linear(16, 4))
        self.logit_scale = nn.Parameter(torch.ones([]) * 2.0)

    def forward(self, x):
        return F.normalize(self.net(x), dim=-1)


class NTXent(nn.Module):
    def __init__(self, temperature=0.5):
        super().__init__()
        self.temperature = temperature

    def forward(self, z1, z2, scale):
        n = z1.size(0)
        z = torch.cat([z1, z2], dim=0)
        sim = z @ z.t() * scale.exp().clamp(max=100.0) / self.temperature
        mask = torch.eye(2 * n, dtype=torch.bool, device=z.device)
        sim = sim.masked_fill(mask, float("-inf"))
        targets = torch.cat([torch.arange(n, 2 * n), torch.arange(0, n)]).to(z.device)
        return F.cross_entropy(sim, targets)


model = Encoder()
criterion = NTXent()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
losses = []
model.train()
for x, n in zip(xs, ns):
    z1, z2 = model(x), model(x + 0.1 * n)
    loss = criterion(z1, z2, model.logit_scale)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

losses, model
