# script model=m | x=f32[8,4] | y=f32[8,1] | train=10
import torch
import torch.nn as nn
import torch.optim as optim

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 8)
        self.head = nn.Linear(8, 1)
    def forward(self, x):
        return self.head(torch.relu(self.body(x)))

m = Net()
for p in m.body.parameters():
    p.requires_grad = False
opt = optim.SGD(m.head.parameters(), lr=0.05)
losses = []
for i in range(steps):
    if i == 3:
        for p in m.body.parameters():
            p.requires_grad = True
        opt.add_param_group({"params": m.body.parameters(), "lr": 0.01})
    loss = ((m(x) - y) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    losses.append(loss.item())
(losses, m)
