# script zs=f32[8,6,3] | xs=f32[8,6,4] | tol=1e-4
import torch
import torch.nn as nn
import torch.nn.functional as F


class GAN:
    def __init__(self):
        self.G, self.D = nn.Linear(3, 4), nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 1))
        self.optimizers = {
            "g": torch.optim.Adam(self.G.parameters(), lr=1e-2, betas=(0.5, 0.999)),
            "d": torch.optim.SGD(self.D.parameters(), lr=0.1),
        }

    def step(self, z, x):
        self.optimizers["d"].zero_grad()
        loss_d = F.softplus(-self.D(x)).mean() + F.softplus(self.D(self.G(z).detach())).mean()
        loss_d.backward()
        self.optimizers["d"].step()
        self.optimizers["g"].zero_grad()
        loss_g = F.softplus(-self.D(self.G(z))).mean()
        loss_g.backward()
        self.optimizers["g"].step()
        return loss_d.item(), loss_g.item()


gan = GAN()
losses = [gan.step(z, x) for z, x in zip(zs, xs)]

encoder, decoder = nn.Linear(4, 3), nn.Linear(3, 4)
opts = [torch.optim.Adam(encoder.parameters(), lr=1e-2), torch.optim.SGD(decoder.parameters(), lr=0.1)]
for x in xs:
    opts[0].zero_grad()
    loss = encoder(x).pow(2).mean()
    loss.backward()
    opts[0].step()
    opts[1].zero_grad()
    loss = F.mse_loss(decoder(torch.tanh(encoder(x)).detach()), x)
    loss.backward()
    opts[1].step()
    losses.append(loss.item())

stages = {}
stages["head"] = torch.optim.RMSprop(decoder.parameters(), lr=1e-2)
for z, x in zip(zs, xs):
    stages["head"].zero_grad()
    loss = F.l1_loss(decoder(z), x)
    loss.backward()
    stages["head"].step()
    losses.append(loss.item())
losses, gan.G, gan.D, encoder, decoder
