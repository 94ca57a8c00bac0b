# script model=agent | xs=f32[10,6,4] | rs=f32[10,6] | acts=f32[10,6,2] | tol=1e-4
import torch
import torch.nn as nn
import torch.nn.functional as F


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.actor = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
        self.critic = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 1))


agent = Agent()
actor_optim = torch.optim.Adam(agent.actor.parameters(), lr=1e-2)
critic_optim = torch.optim.Adam(agent.critic.parameters(), lr=1e-2)
out = []
for s, r, a in zip(xs, rs, acts):
    q = agent.critic(torch.cat([s, a], dim=1)).squeeze(-1)
    critic_loss = F.mse_loss(q, r)
    critic_optim.zero_grad()
    critic_loss.backward()
    critic_optim.step()

    actor_loss = -agent.critic(torch.cat([s, agent.actor(s)], dim=1)).mean()
    actor_optim.zero_grad()
    actor_loss.backward()
    actor_optim.step()
    out.append((critic_loss.item(), actor_loss.item()))
out, agent
