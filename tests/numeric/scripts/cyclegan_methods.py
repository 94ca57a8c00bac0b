# script model=nets | xs=f32[8,6,4] | ys=f32[8,6,4] | tol=1e-4
import itertools
import torch
import torch.nn as nn


class Nets(nn.Module):
    def __init__(self):
        super().__init__()
        self.ab = nn.Linear(4, 4)
        self.ba = nn.Linear(4, 4)
        self.critic_a = nn.Linear(4, 1)
        self.critic_b = nn.Linear(4, 1)


class Cycles:
    def __init__(self, nets):
        self.net_ab, self.net_ba = nets.ab, nets.ba
        self.critic_a, self.critic_b = nets.critic_a, nets.critic_b
        self.criterion = nn.MSELoss()
        self.optimizer_g = torch.optim.Adam(itertools.chain(self.net_ab.parameters(), self.net_ba.parameters()), lr=0.01)
        self.optimizer_d = torch.optim.Adam(itertools.chain(self.critic_a.parameters(), self.critic_b.parameters()), lr=0.01)

    def set_requires_grad(self, nets, requires_grad=False):
        for net in nets:
            for param in net.parameters():
                param.requires_grad = requires_grad

    def forward(self):
        self.fake_b = self.net_ab(self.real_a)
        self.back_a = self.net_ba(self.fake_b)
        self.fake_a = self.net_ba(self.real_b)
        self.back_b = self.net_ab(self.fake_a)

    def backward_critic(self, critic, real, fake):
        pred_real = critic(real)
        pred_fake = critic(fake.detach())
        loss = (self.criterion(pred_real, torch.ones_like(pred_real)) + self.criterion(pred_fake, torch.zeros_like(pred_fake))) * 0.5
        loss.backward()
        return loss

    def backward_critic_a(self):
        self.loss_a = self.backward_critic(self.critic_a, self.real_a, self.fake_a)

    def backward_critic_b(self):
        self.loss_b = self.backward_critic(self.critic_b, self.real_b, self.fake_b)

    def backward_generators(self):
        pred = self.critic_b(self.fake_b)
        self.loss_ab = self.criterion(pred, torch.ones_like(pred))
        pred = self.critic_a(self.fake_a)
        self.loss_ba = self.criterion(pred, torch.ones_like(pred))
        self.loss_g = self.loss_ab + self.loss_ba + (self.back_a - self.real_a).abs().mean() + (self.back_b - self.real_b).abs().mean()
        self.loss_g.backward()

    def optimize_parameters(self):
        self.forward()
        self.set_requires_grad([self.critic_a, self.critic_b], False)
        self.optimizer_g.zero_grad()
        self.backward_generators()
        self.optimizer_g.step()
        self.set_requires_grad([self.critic_a, self.critic_b], True)
        self.optimizer_d.zero_grad()
        self.backward_critic_a()
        self.backward_critic_b()
        self.optimizer_d.step()


nets = Nets()
model = Cycles(nets)
log = []
for model.real_a, model.real_b in zip(xs, ys):
    model.optimize_parameters()
    log.append((model.loss_a.item(), model.loss_b.item(), model.loss_g.item()))

log, nets
