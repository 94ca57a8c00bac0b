# script model=actor | xs=f32[5,6,3] | ys=i64[5,6]<2 | tol=1e-4
"""The parameters of two models in an attribute: an iterator that the optimizer alone reads."""
import itertools

import torch
import torch.nn as nn
import torch.nn.functional as F


def make():
    critic = nn.Linear(3, 1)
    nn.init.constant_(critic.weight, 0.3)
    nn.init.constant_(critic.bias, 0.1)
    return critic


class Chained:
    def __init__(self, actor):
        self.actor, self.critic = actor, make()
        self.params = itertools.chain(self.actor.parameters(), self.critic.parameters())
        self.opt = torch.optim.Adam(self.params, lr=0.05)

    def learn(self, x, y):
        loss = F.cross_entropy(self.actor(x), y) + self.critic(x).pow(2).mean()
        self.opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(itertools.chain(self.actor.parameters(), self.critic.parameters()), 0.1)
        self.opt.step()
        return loss.item()


actor = nn.Linear(3, 2)
chained = Chained(actor)
log = [chained.learn(x, y) for x, y in zip(xs, ys)]
log, [p for p in chained.critic.parameters()], actor
