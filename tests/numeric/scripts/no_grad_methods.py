# script model=net | tol=1e-4
# What methods without gradients give is a constant for the loss, whatever the class: called on an object, by the class, as a property, by a base class.
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.optim import SGD
net = nn.Linear(3, 3)
x0 = torch.linspace(-1, 2, 12).view(4, 3)

class Agent:
    def __init__(self, q): self.q = q
    @torch.no_grad()
    def td_target(self, r, s2): return r + .9 * self.q(s2).max(1).values
    @staticmethod
    @torch.no_grad()
    def stat(x): return x * 2
    @classmethod
    @torch.no_grad()
    def clsm(cls, x): return x * 3
    @property
    @torch.no_grad()
    def scale(self): return self.q.weight.norm()

class Base:
    def base_w(self, y):
        with torch.no_grad():
            w = y.softmax(-1)
        return w
class Sub(Base):
    def __init__(self, q): self.q = q
    def calc(self, x):
        y = self.q(x)
        return (self.base_w(y) * y).sum()

@dataclass
class D:
    k: float = 2.
    @torch.no_grad()
    def w(self, y): return y * self.k

class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
    @property
    @torch.no_grad()
    def scale(self): return self.fc.weight.norm()
    @property
    def scale2(self):
        with torch.no_grad():
            s = self.fc.weight.norm()
        return s
    def forward(self, x): return self.fc(x) * self.scale * self.scale2

class Trainer:
    def __init__(self, q):
        self.q = q
        self.opt = SGD(q.parameters(), lr=.1)
    @torch.no_grad()
    def tdt(self, x): return self.q(x).max(1).values
    def objective(self, x): return F.mse_loss(self.q(x)[:, 0], self.tdt(x.flip(0)))
    def update(self, x):
        loss = self.objective(x)
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
        return loss.item()


class Bank:
    def __init__(self): self.last = torch.zeros(3)
    @torch.no_grad()
    def push(self, y): self.last = y.mean(0)

def by_parameter(actor, x):
    return (actor.td_target(x[:, 1], x) * net(x)[:, 1]).mean()

agent = Agent(net)
sub = Sub(net)
weights = D()
bank = Bank()
scaled = M()
with torch.no_grad():
    for p in scaled.parameters():
        p.copy_(torch.linspace(-0.5, 0.6, p.numel()).view(p.shape))

def step(x):
    y = net(x)
    bank.push(y)
    loss = F.mse_loss(y[:, 0], agent.td_target(x[:, 1], x.flip(0))) + sub.calc(x) / 9
    loss = loss + (weights.w(y) * y).mean() + (y * agent.stat(y) * Agent.clsm(y) * agent.scale).mean()
    return loss + (bank.last * y).mean() + by_parameter(agent, x)

losses = []
opt = SGD(net.parameters(), lr=.01)
for i in range(3):
    opt.zero_grad()
    loss = step(x0)
    loss.backward()
    opt.step()
    losses.append(loss.item())
trainer = Trainer(net)
losses += [trainer.update(x0), trainer.update(x0)]
other = SGD(scaled.parameters(), lr=.01)
for i in range(3):
    other.zero_grad()
    loss = scaled(x0).pow(2).mean()
    loss.backward()
    other.step()
    losses.append(loss.item())
losses, scaled(x0)
