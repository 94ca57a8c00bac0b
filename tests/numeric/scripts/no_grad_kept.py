# script model=net | tol=1e-4
# What a block without gradients puts into lists, dictionaries and attributes, binds within expressions, or yields is a constant for the loss.
import torch
import torch.nn as nn
net = nn.Linear(3, 3)
x0 = torch.linspace(-1, 2, 12).view(4, 3)

class Keeps(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.bank = []
        self.w = None
        self.parts = {}
    def forward(self, x):
        y = self.fc(x)
        with torch.no_grad():
            self.bank.append(y.mean(0))
            self.w = y.softmax(-1)
            self.parts = {"m": y.mean(), "s": [y.std()]}
        return (y * self.w * self.bank[-1]).sum() + self.parts["m"] * y.sum() + self.parts["s"][0] * y.sum()

@torch.no_grad()
def collect(y, out):
    out.append(y * 2)

@torch.no_grad()
def gen(y):
    for t in y:
        yield t / 2

def gen_loss(y):
    return sum((h * t).sum() for h, t in zip(gen(y), y))


def step(x):
    y = net(x)
    targets = []
    more = {}
    rows = []
    with torch.no_grad():
        targets.append(y.tanh())
        for t in y:
            rows.append(t.tanh())
        targets.extend([y.sin(), y.cos()])
        targets.insert(0, y.exp())
        more.update(a=y.abs())
        more.setdefault("b", y.pow(2))
        if (k := y.sigmoid()) is not None:
            pass
    collect(y, targets)
    return gen_loss(y) / 9 + (y * sum(targets)).mean() + (y * torch.stack(rows)).mean() + (y * more["a"] * more["b"] * k).mean()


keeps = Keeps()
with torch.no_grad():
    for p in keeps.parameters():
        p.copy_(torch.linspace(-0.5, 0.6, p.numel()).view(p.shape))
opt = torch.optim.SGD(net.parameters(), lr=.01)
opt2 = torch.optim.SGD(keeps.parameters(), lr=.01)
losses = []
for i in range(3):
    opt.zero_grad()
    loss = step(x0)
    loss.backward()
    opt.step()
    losses.append(loss.item())
for i in range(3):
    opt2.zero_grad()
    loss = keeps(x0)
    loss.backward()
    opt2.step()
    losses.append(loss.item())
losses, keeps(x0)
