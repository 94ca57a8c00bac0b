# script model=actor | xs=f32[5,6,3] | ys=i64[5,6]<2 | tol=1e-4
"""The optimizer has used the iterator up, so that clipping does nothing."""
import itertools

import torch
import torch.nn as nn
import torch.nn.functional as F


class Agent:
    def __init__(self, actor):
        self.actor = actor
        self.critic = nn.Linear(3, 1)
        nn.init.constant_(self.critic.weight, 0.3)
        nn.init.zeros_(self.critic.bias)
        self.params = itertools.chain(self.actor.parameters(), self.critic.parameters())
        self.opt = torch.optim.Adam(self.params, lr=0.05)

    def learn(self, x, y):
        loss = F.cross_entropy(self.actor(x), y) + self.critic(x).pow(2).mean()
        self.opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.params, 0.1)
        self.opt.step()
        return loss.item()


actor = nn.Linear(3, 2)
agent = Agent(actor)
[agent.learn(x, y) for x, y in zip(xs, ys)], actor
