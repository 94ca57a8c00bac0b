# script model=policy_net | s=f32[10,6,4] | s2=f32[10,6,4] | r=f32[10,6] | a=i64[10,6]<2 | train=10
import copy
import torch
import torch.nn as nn
import torch.nn.functional as F


class DQN(nn.Module):
    def __init__(self, n_obs=4, n_actions=2):
        super().__init__()
        self.layer1 = nn.Linear(n_obs, 8)
        self.layer2 = nn.Linear(8, n_actions)

    def forward(self, x):
        return self.layer2(F.relu(self.layer1(x)))


policy_net = DQN()
target_net = DQN()
target_net.load_state_dict(policy_net.state_dict())
target_net.eval()
optimizer = torch.optim.AdamW(policy_net.parameters(), lr=1e-2, amsgrad=True)
gamma = 0.9


def optimize_model(state, action, reward, next_state):
    # Compute Q(s_t, a)
    state_action_values = policy_net(state).gather(1, action.unsqueeze(1))

    with torch.no_grad():
        next_state_values = target_net(next_state).max(1).values
    # Compute the expected Q values
    expected = (next_state_values * gamma) + reward

    criterion = nn.SmoothL1Loss()
    loss = criterion(state_action_values, expected.unsqueeze(1))

    # Optimize the model
    optimizer.zero_grad()
    loss.backward()
    # In-place gradient clipping
    torch.nn.utils.clip_grad_value_(policy_net.parameters(), 100)
    optimizer.step()
    return loss.item()


losses = []
for i in range(10):
    losses.append(optimize_model(s[i], a[i], r[i], s2[i]))
    # soft update of the target
    target_sd, policy_sd = target_net.state_dict(), policy_net.state_dict()
    for key in policy_sd:
        target_sd[key] = policy_sd[key] * 0.1 + target_sd[key] * 0.9
    target_net.load_state_dict(target_sd)
losses, policy_net
