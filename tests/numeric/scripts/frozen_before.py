# script model=model | xs=f32[10,6,4] | ys=f32[10,6,1] | train=10
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(4, 6), nn.LayerNorm(6), nn.ReLU())
        self.head = nn.Linear(6, 1)
        self.scale = nn.Parameter(torch.ones(1), requires_grad=False)
        self.register_buffer("offset", torch.zeros(1))

    def forward(self, x):
        return self.head(self.encoder(x)) * self.scale + self.offset


model = Net()
model.encoder.requires_grad_(False)
model.encoder.eval()
params = filter(lambda p: p.requires_grad, model.parameters())
optimizer = torch.optim.AdamW(params, lr=0.05, weight_decay=0.5)
losses = []
for x, y in zip(xs, ys):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

losses, model
