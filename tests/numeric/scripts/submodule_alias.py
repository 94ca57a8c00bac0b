# script model=model | xs=f32[10,6,4] | ys=f32[10,6,1] | train=10
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 6)
        self.head = nn.Linear(6, 1)


model = Net()
body, head = model.body, model.head
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
losses = []
for x, y in zip(xs, ys):
    h = torch.relu(body(x))
    pred = head(h)
    loss = (pred - y).abs().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

losses, model
