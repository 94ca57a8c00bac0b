# script model=model | xs=f32[10,6,8] | train=10
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim


class AE(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(8, 4)
        self.dec = nn.Linear(4, 8)

    def forward(self, x):
        z = torch.tanh(self.enc(x))
        return self.dec(z), z


def losses(recon, x, z):
    recon_loss = F.mse_loss(recon, x)
    reg = z.pow(2).mean()
    return recon_loss, reg


beta = 0.1
model = AE()
opt = optim.Adam(model.parameters(), lr=1e-2, betas=(0.5, 0.999))
log = []
for step, x in enumerate(xs):
    recon, z = model(x)
    recon_loss, reg = losses(recon, x, z)
    loss = recon_loss + beta * reg

    opt.zero_grad()
    loss.backward()
    opt.step()

    log.append({"loss": loss.item(), "recon": recon_loss.item(), "reg": reg.item(), "z": z.detach().abs().mean().item()})

log, model
