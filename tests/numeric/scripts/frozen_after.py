# script model=model | xs=f32[10,6,4] | ys=f32[10,6,1] | train=10
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU())
        self.head = nn.Linear(6, 1)

    def forward(self, x):
        return self.head(self.encoder(x))


model = Net()
optimizer = torch.optim.AdamW(model.parameters(), lr=0.05, weight_decay=0.5)
for p in model.encoder.parameters():
    p.requires_grad = False
losses = []
for x, y in zip(xs, ys):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

losses, model
