# script model=net | xs=i64[5,2,3] < 16 | ys=i64[5,2,3] < 16 | tol=1e-4
# Optimizers of two parts of a model, cleared and stepped in lists that nobody takes.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(16, 8)
        self.h = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8))
        self.lm_head = nn.Linear(8, 16)

    def forward(self, x):
        return self.lm_head(self.h(self.embed(x)))


net = Net()
head, body = torch.optim.AdamW(net.lm_head.parameters(), lr=1e-3), torch.optim.SGD(net.h.parameters(), lr=0.02, momentum=0.9)
opts = [head, body]
losses = []
for x, y in zip(xs, ys):
    [o.zero_grad() for o in opts]
    loss = F.cross_entropy(net(x).view(-1, 16), y.view(-1))
    loss.backward()
    [o.step() for o in opts]
    losses.append(loss.item())
losses, net
