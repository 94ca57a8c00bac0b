# script model=net | xs=f32[10,6,4] | ys=f32[10,6,2] | tol=1e-4
import torch
import torch.nn as nn


class Learner:
    def __init__(self, net, lr=0.01):
        self.net = net
        self.loss = nn.L1Loss()
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=lr)
        self.steps = 0
        self.last = None

    def forward(self, x):
        self.steps += 1
        return self.net(x)

    def learn(self, x, y):
        self.optimizer.zero_grad()
        self.last = self.forward(x)
        loss = self.loss(self.last, y)
        loss.backward()
        self.optimizer.step()
        return loss.item(), self.last.sum().item()


net = nn.Linear(4, 2)
learner = Learner(net)

[learner.learn(x, y) for x, y in zip(xs, ys)], learner.steps, learner.net
