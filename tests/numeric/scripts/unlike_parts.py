# script tol=1e-4 | weights=own
# Two classes call unlike things by one name; a layer whose weight alone is read; a buffer that keywords name.
import torch
import torch.nn as nn
import torch.nn.functional as F

X = torch.sin(torch.arange(24.0)).view(6, 4)
Y = torch.arange(6) % 3


def fill(m):
    with torch.no_grad():
        for i, p in enumerate(m.parameters()):
            p.copy_(torch.sin(torch.arange(p.numel()) * 1.3 + i).view_as(p) * 0.5)
    return m


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(4, 4)

    def forward(self, x):
        return torch.tanh(self.proj(x))


class Detached(nn.Module):
    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(4, 4)
        self.gain = nn.Parameter(torch.ones(4))

    def forward(self, x):
        return x * self.gain + self.proj(x).detach()


class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([Plain(), Detached()])

    def forward(self, x):
        return torch.stack([part(x) for part in self.parts]).mean(0)


class Cosine(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 4)
        self.classes = nn.Linear(4, 3)
        self.register_buffer(name="scale", tensor=torch.full((1,), 4.0))

    def forward(self, x):
        x = F.normalize(self.body(x))
        if self.training:
            self.scale.data = self.scale * 1.1
        return F.linear(x, F.normalize(self.classes.weight)) * self.scale


def train(net, loss_of):
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.1, weight_decay=0.5)
    losses = []
    for _ in range(4):
        loss = loss_of(net(X))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


hist = []
net = fill(Both())
hist += train(net, lambda out: out.pow(2).mean())
hist += [p.sum().item() for p in net.parameters()]

net = fill(Cosine())
hist += train(net, lambda out: F.cross_entropy(out, Y))
hist += [p.sum().item() for p in net.parameters()] + list(net.state_dict()) + [net.scale.item()]

# Each phase freezes and trains, and makes an optimizer of what it trains; somebody calls the function again.
def phases(net):
    losses = []
    for phase in ["gain", "all"]:
        for name, p in net.named_parameters():
            p.requires_grad = phase == "all" or "gain" in name
        optimizer = torch.optim.Adam(filter(lambda p: p.requires_grad, net.parameters()), lr=0.05)
        for _ in range(2):
            loss = net(X).pow(2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


def main():
    net = fill(Both())
    return phases(net) + phases(net) + [p.sum().item() for p in net.parameters()]


# What is frozen around the function that makes the optimizer is trained later on: the optimizer is told.
class Stages:
    def __init__(self):
        self.net = fill(Both())
        for p in self.net.parts[0].parameters():
            p.requires_grad = False

    def thaw(self):
        for p in self.net.parts[0].parameters():
            p.requires_grad = True

    def fit(self):
        optimizer = torch.optim.SGD(self.net.parameters(), lr=0.1, momentum=0.9, weight_decay=0.1)
        for i in range(4):
            if i == 2:
                self.thaw()
            loss = self.net(X).pow(2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return [p.sum().item() for p in self.net.parameters()]


frozen = fill(Both())


def fit_frozen():
    optimizer = torch.optim.SGD(frozen.parameters(), lr=0.1, momentum=0.9)
    for i in range(4):
        if i == 2:
            frozen.requires_grad_(True)
        loss = frozen(X).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return [p.sum().item() for p in frozen.parameters()]


for p in frozen.parts[0].parameters():
    p.requires_grad = False
hist, main(), Stages().fit(), fit_frozen()
