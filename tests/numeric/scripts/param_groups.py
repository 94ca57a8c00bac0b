# script model=model | xs=f32[10,6,4] | ys=f32[10,6,1] | tol=1e-4
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Linear(4, 6)
        self.head = nn.Linear(6, 1)

    def forward(self, x):
        return self.head(torch.relu(self.backbone(x)))


model = Net()
optimizer = torch.optim.SGD([
    {'params': model.backbone.parameters(), 'lr': 1e-3},
    {'params': model.head.parameters()},
], lr=1e-1, momentum=0.9)
losses = []
for x, y in zip(xs, ys):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
losses, model
