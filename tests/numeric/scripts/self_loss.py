# script model=net | xs=f32[10,6,4] | ys=f32[10,6,2] | tol=1e-4 | todo=T2M301
import torch
import torch.nn as nn


class BaseModel:
    """A model object that keeps its data, outputs and losses, as image translation code does."""

    def __init__(self, net):
        self.netG = net
        self.criterion = torch.nn.L1Loss()
        self.optimizer_G = torch.optim.Adam(self.netG.parameters(), lr=0.01, betas=(0.5, 0.999))

    def set_input(self, x, y):
        self.real_A, self.real_B = x, y

    def forward(self):
        self.fake_B = self.netG(self.real_A)

    def backward_G(self):
        self.loss_G = self.criterion(self.fake_B, self.real_B) * 10.0
        self.loss_G.backward()

    def optimize_parameters(self):
        self.forward()
        self.optimizer_G.zero_grad()
        self.loss_G = self.criterion(self.fake_B, self.real_B) * 10.0
        self.loss_G.backward()
        self.optimizer_G.step()


def run(net, xs, ys):
    model = BaseModel(net)
    out = []
    for x, y in zip(xs, ys):
        model.set_input(x, y)
        model.optimize_parameters()
        out.append(model.loss_G.item())
    return out


net = nn.Linear(4, 2)

run(net, xs, ys), net
