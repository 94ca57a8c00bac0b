# script tol=1e-4 | weights=own
import torch
import torch.nn as nn
import torch.nn.functional as F

X = torch.sin(torch.arange(24.0)).view(8, 3)
Y = torch.arange(8) % 2


def fill(m):
    with torch.no_grad():
        for i, p in enumerate(m.parameters()):
            p.copy_(torch.sin(torch.arange(p.numel()) * 1.3 + i).view_as(p) * 0.5)
    return m


class Auto(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc, self.dec = nn.Linear(3, 3), nn.Linear(3, 3)

    def encode(self, x):
        return torch.tanh(self.enc(x))

    def forward(self, x):
        return self.dec(self.encode(x))


hist = []

# A layer, or a method, in some turns alone.
net = fill(Auto())
opt = torch.optim.AdamW(net.parameters(), lr=0.1)
for i in range(4):
    loss = net(X).abs().mean() if i < 2 else net.enc(X).abs().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
hist += [p.sum().item() for p in net.parameters()]

net = fill(Auto())
opt = torch.optim.Adam(net.parameters(), lr=0.1, weight_decay=0.1)
for i in range(4):
    z = net.encode(X)
    loss = z.abs().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
hist += [p.sum().item() for p in net.parameters()]

# The first layers.
net = fill(nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 2)))
opt = torch.optim.Adam(net.parameters(), lr=0.05)
for i in range(4):
    if i in (1, 3):
        loss = net[:3](X).pow(2).mean()
    else:
        loss = F.cross_entropy(net(X), Y)
    opt.zero_grad()
    loss.backward()
    opt.step()
hist += [p.sum().item() for p in net.parameters()]


# Layers that the arguments or a flag choose.
class Choice(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.use_b = nn.Linear(3, 2), nn.Linear(3, 2), False
        self.c = nn.Embedding(2, 2)

    def forward(self, x, which, c=None):
        y = (self.a if which else self.b)(x)
        if self.use_b:
            y = y + self.b(x)
        if c is not None:
            y = y + self.c(c)
        return y


net = fill(Choice())
opt = torch.optim.AdamW(net.parameters(), lr=0.05, weight_decay=0.2)
for i in range(5):
    net.use_b = i >= 3
    loss = F.cross_entropy(net(X, i % 2 == 0, Y if i == 1 else None), Y)
    opt.zero_grad()
    loss.backward()
    opt.step()
hist += [p.sum().item() for p in net.parameters()]


class Modes(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.ModuleDict({"rgb": nn.Linear(3, 4), "depth": nn.Linear(3, 4)})
        self.heads = nn.ModuleList([nn.Linear(4, 2) for _ in range(2)])

    def body(self, inputs):
        h = 0
        for k, x in inputs.items():
            h = h + torch.tanh(self.enc[k](x))
        return h

    def forward(self, inputs):
        h = self.body(inputs)
        return sum(head(h) for head in self.heads)


net = fill(Modes())
opt = torch.optim.SGD(net.parameters(), lr=0.2, momentum=0.9)
for i in range(4):
    batch = {"rgb": X} if i % 2 else {"rgb": X, "depth": X.flip(0)}
    loss = F.cross_entropy(net(batch), Y)
    opt.zero_grad()
    loss.backward()
    opt.step()
hist += [p.sum().item() for p in net.parameters()]

net = fill(Modes())
opt = torch.optim.Adam(net.parameters(), lr=0.05)
for i in range(4):
    loss = F.cross_entropy(net.heads[i % 2](net.body({"rgb": X, "depth": X})), Y)
    opt.zero_grad()
    loss.backward()
    opt.step()
hist += [p.sum().item() for p in net.parameters()]


class Trainer:
    def __init__(self, model):
        self.model = model
        self.opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=0.1)

    def whole_step(self):
        self.opt.zero_grad()
        loss = self.model(X).pow(2).mean()
        loss.backward()
        self.opt.step()

    def part_step(self):
        self.opt.zero_grad()
        loss = self.model.encode(X).abs().mean()
        loss.backward()
        self.opt.step()


trainer = Trainer(fill(Auto()))
trainer.part_step()
trainer.whole_step()
trainer.part_step()
hist += [p.sum().item() for p in trainer.model.parameters()]


# Gradients that are dropped by the names of a Sequential.
def cancel(model):
    for n, p in model.named_parameters():
        if n.startswith("1"):
            p.grad = None


net = fill(nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3)))
opt = torch.optim.SGD(net.parameters(), lr=0.1, weight_decay=0.1)
for i in range(2):
    opt.zero_grad()
    net(X).pow(2).mean().backward()
    cancel(net)
    opt.step()
hist += [p.sum().item() for p in net.parameters()]


# Outputs that the loss does not read.
class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.pi, self.v = nn.Linear(3, 4), nn.Linear(4, 2), nn.Linear(4, 1)

    def forward(self, x):
        h = torch.tanh(self.body(x))
        value = self.v(h)
        return self.pi(h), value


net = fill(Two())
opt = torch.optim.SGD(net.parameters(), lr=0.1, weight_decay=0.1)
for i in range(3):
    logits, _ = net(X)
    loss = logits.pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
hist += [p.sum().item() for p in net.parameters()]

net = fill(Two())
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
for i in range(5):
    logits, value = net(X)
    if i < 3:
        loss = value.pow(2).mean()
    else:
        loss = F.cross_entropy(logits, Y)
    opt.zero_grad()
    loss.backward()
    opt.step()
hist += [p.sum().item() for p in net.parameters()]
hist
