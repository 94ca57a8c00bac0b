# script model=model | ss=f32[10,8,3] | acts=i64[10,8] < 4 | rs=f32[10,8] | train=10
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.distributions import Categorical


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.shared = nn.Sequential(nn.Linear(3, 16), nn.Tanh())
        self.actor = nn.Linear(16, 4)
        self.critic = nn.Linear(16, 1)
        self.log_alpha = nn.Parameter(torch.zeros(1))
        for m in self.modules():
            if isinstance(m, nn.Linear):
                nn.init.orthogonal_(m.weight)
                m.bias.data.zero_()

    def evaluate(self, state, action):
        h = self.shared(state)
        dist = Categorical(logits=self.actor(h))
        return dist.log_prob(action), self.critic(h).squeeze(-1), dist.entropy()


def discount(rewards, gamma=0.9):
    returns = []
    R = 0
    for r in reversed(rewards.tolist()):
        R = r + gamma * R
        returns.insert(0, R)
    returns = torch.tensor(returns)
    return (returns - returns.mean()) / (returns.std() + 1e-7)


model = ActorCritic()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, eps=1e-5)
clip = 0.2
losses = []
for s, a, r in zip(ss, acts, rs):
    returns = discount(r)
    with torch.no_grad():
        old_logp, old_values, _ = model.evaluate(s * 0.9, a)
    logp, values, ent = model.evaluate(s, a)
    advantage = returns - old_values.detach()
    ratio = torch.exp(logp - old_logp)
    surr1 = ratio * advantage
    surr2 = torch.clamp(ratio, 1 - clip, 1 + clip) * advantage
    v_clipped = old_values + (values - old_values).clamp(-clip, clip)
    v_loss = torch.max((values - returns) ** 2, (v_clipped - returns) ** 2).mean()
    alpha = model.log_alpha.exp()
    alpha_loss = -(model.log_alpha * (logp + 1.0).detach()).mean()
    loss = -torch.min(surr1, surr2).mean() + 0.5 * v_loss - (alpha.detach() * ent).mean() + alpha_loss
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    optimizer.step()
    losses.append(loss.item())

losses, model
