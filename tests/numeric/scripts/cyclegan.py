# script model=nets | xs=f32[10,6,4] | ys=f32[10,6,4] | tol=1e-4
import itertools
import torch
import torch.nn as nn


class Nets(nn.Module):
    def __init__(self):
        super().__init__()
        self.G_AB = nn.Linear(4, 4)
        self.G_BA = nn.Linear(4, 4)
        self.D_A = nn.Linear(4, 1)
        self.D_B = nn.Linear(4, 1)


nets = Nets()
G_AB, G_BA, D_A, D_B = nets.G_AB, nets.G_BA, nets.D_A, nets.D_B
criterion_GAN = nn.MSELoss()
criterion_cycle = nn.L1Loss()
optimizer_G = torch.optim.Adam(itertools.chain(G_AB.parameters(), G_BA.parameters()), lr=2e-3, betas=(0.5, 0.999))
optimizer_D_A = torch.optim.Adam(D_A.parameters(), lr=2e-3, betas=(0.5, 0.999))
optimizer_D_B = torch.optim.Adam(D_B.parameters(), lr=2e-3, betas=(0.5, 0.999))
lr_scheduler_G = torch.optim.lr_scheduler.LambdaLR(optimizer_G, lr_lambda=lambda e: 1.0 - max(0, e - 5) / 10)
log = []
for real_A, real_B in zip(xs, ys):
    valid, fake = torch.ones(6, 1), torch.zeros(6, 1)
    G_AB.train()
    G_BA.train()
    optimizer_G.zero_grad()
    fake_B = G_AB(real_A)
    loss_GAN_AB = criterion_GAN(D_B(fake_B), valid)
    fake_A = G_BA(real_B)
    loss_GAN_BA = criterion_GAN(D_A(fake_A), valid)
    loss_GAN = (loss_GAN_AB + loss_GAN_BA) / 2
    loss_cycle = (criterion_cycle(G_BA(fake_B), real_A) + criterion_cycle(G_AB(fake_A), real_B)) / 2
    loss_G = loss_GAN + 10.0 * loss_cycle
    loss_G.backward()
    optimizer_G.step()

    optimizer_D_A.zero_grad()
    loss_D_A = (criterion_GAN(D_A(real_A), valid) + criterion_GAN(D_A(fake_A.detach()), fake)) / 2
    loss_D_A.backward()
    optimizer_D_A.step()

    optimizer_D_B.zero_grad()
    loss_D_B = (criterion_GAN(D_B(real_B), valid) + criterion_GAN(D_B(fake_B.detach()), fake)) / 2
    loss_D_B.backward()
    optimizer_D_B.step()
    lr_scheduler_G.step()
    log.append((loss_G.item(), loss_D_A.item(), loss_D_B.item()))
log, nets
