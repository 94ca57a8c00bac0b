# script model=model | x=f32[8,4] | y=f32[8,2] | train=6
import torch
import torch.nn as nn
import torch.nn.functional as F

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 8)
        self.head = nn.Linear(8, 2)
    def forward(self, x):
        return self.head(torch.relu(self.body(x)))

def make_optimizer(model):
    return torch.optim.AdamW(model.head.parameters(), lr=0.1)

def train(model, optimizer, x, y, steps):
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

model = Net()
optimizer = make_optimizer(model)
losses = train(model, optimizer, x, y, steps)
(losses, model)
