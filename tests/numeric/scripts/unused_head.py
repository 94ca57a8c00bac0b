# script model=model | xs=f32[10,6,4] | ys=f32[10,6,1] | train=10
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 6)
        self.head = nn.Linear(6, 1)
        self.aux = nn.Linear(6, 2)

    def forward(self, x, aux=False):
        h = torch.relu(self.body(x))
        if aux:
            return self.head(h), self.aux(h)
        return self.head(h)


model = Net()
optimizer = torch.optim.AdamW(model.parameters(), lr=0.05, weight_decay=0.5)
losses = []
for x, y in zip(xs, ys):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

losses, model
