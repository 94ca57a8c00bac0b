# script model=agent | ss=f32[10,6,3] | acts=f32[10,6,1] | rs=f32[10,6] | train=10
import copy

import torch
import torch.nn as nn
import torch.nn.functional as F


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(4, 8)
        self.fc2 = nn.Linear(8, 1)

    def forward(self, s, a):
        return self.fc2(F.relu(self.fc1(torch.cat([s, a], 1))))


class Agent(nn.Module):
    def __init__(self, tau=0.1, gamma=0.95):
        super().__init__()
        self.critic = Critic()
        self.target = copy.deepcopy(self.critic)
        self.tau, self.gamma = tau, gamma
        for p in self.target.parameters():
            p.requires_grad = False

    def soft_update(self):
        for param, target in zip(self.critic.parameters(), self.target.parameters()):
            target.data.copy_(self.tau * param.data + (1 - self.tau) * target.data)


agent = Agent()
agent.target.load_state_dict(agent.critic.state_dict())
opt = torch.optim.Adam(agent.critic.parameters(), lr=0.01)
losses = []
for s, a, r in zip(ss, acts, rs):
    with torch.no_grad():
        target_q = agent.target(s * 0.5, a)
        target_q = r.unsqueeze(1) + agent.gamma * target_q
    q = agent.critic(s, a)
    td = (target_q - q).abs().detach().squeeze(1)
    weights = (td / td.max()).pow(0.5)
    loss = (weights.unsqueeze(1) * F.mse_loss(q, target_q, reduction="none")).mean()
    opt.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(agent.critic.parameters(), max_norm=0.5, norm_type=2)
    opt.step()
    agent.soft_update()
    losses.append(loss.item())

losses, agent
