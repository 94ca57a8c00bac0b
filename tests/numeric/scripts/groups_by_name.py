# script model=net | x=f32[4,3] | tol=1e-4
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(3, 4)
        self.norm = nn.LayerNorm(4)
        self.fc2 = nn.Linear(4, 2)

    def forward(self, x):
        return self.fc2(torch.relu(self.norm(self.fc1(x))))

    def size(self, only_trained=False):
        return sum(p.numel() for p in self.parameters() if p.requires_grad or not only_trained)

    def squares(self):
        total = 0.0
        for p in self.parameters():
            total += p.detach().square().sum().item()
        return total


net = Net()
y = torch.tensor([0, 1, 1, 0])
no_decay = ["bias", "norm"]
groups = [
    {"params": [p for n, p in net.named_parameters() if not any(d in n for d in no_decay)], "weight_decay": 0.1},
    {"params": [p for n, p in net.named_parameters() if any(d in n for d in no_decay)], "weight_decay": 0.0},
]
opt = torch.optim.AdamW(groups, lr=0.01)
losses = []
for step in range(4):
    opt.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    opt.step()
    losses.append(loss.item())
losses.append(net.size(True) + net.squares())
losses, net
