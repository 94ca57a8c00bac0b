# script model=net | xs=f32[6,8,3] | tol=1e-4
"""Random network distillation: the target is frozen in its constructor, the predictor trained, and all clipped."""
import torch
import torch.nn as nn


class Distilled(nn.Module):
    def __init__(self):
        super().__init__()
        self.predictor = nn.Sequential(nn.Linear(3, 4), nn.LeakyReLU(), nn.Linear(4, 2))
        self.target = nn.Sequential(nn.Linear(3, 4), nn.LeakyReLU(), nn.Linear(4, 2))
        for p in self.modules():
            if isinstance(p, nn.Linear):
                p.bias.data.zero_()
        for param in self.target.parameters():
            param.requires_grad = False

    def forward(self, x):
        return self.predictor(x), self.target(x)


class Agent:
    def __init__(self):
        self.rnd = Distilled()
        self.optimizer = torch.optim.Adam(self.rnd.predictor.parameters(), lr=0.01)

    def learn(self, x):
        guess, wanted = self.rnd(x)
        loss = (guess - wanted.detach()).pow(2).mean(-1)
        loss = (loss * (torch.arange(len(loss)) % 2 == 0).type(torch.FloatTensor)).sum()
        self.optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.rnd.parameters(), 0.5)
        self.optimizer.step()
        return loss.item(), norm.item()


agent = Agent()
net = agent.rnd
[agent.learn(x) for x in xs], net
