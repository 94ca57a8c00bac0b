import torch
import torch.nn as nn
import torch.nn.functional as F


def names(m: nn.Module):
    return list(m.state_dict()), [n for n, _ in m.named_parameters()], sum(p.numel() for p in m.parameters())


def trained(m: nn.Module, x):
    for i, p in enumerate(m.parameters()):
        p.data.fill_(0.1 * (i + 1))
    opt = torch.optim.SGD(m.parameters(), lr=0.1)
    for _ in range(3):
        loss = m(x).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item(), m(x)


class Dropped(nn.Module):
    """Layers that are made for their parameters alone, and parameters of its own."""

    def __init__(self):
        super().__init__()
        made = nn.Linear(4, 4)
        self.ws = nn.ParameterList(made.parameters())
        self.more = nn.ParameterList([nn.Linear(4, 4).weight, nn.Parameter(torch.zeros(4))])
        self.table = nn.ParameterDict({"a": nn.Parameter(torch.ones(4))})
        self.table["b"] = nn.Parameter(torch.zeros(4))
        self.more.append(nn.Parameter(torch.ones(4)))

    def forward(self, x):
        y = F.linear(x, self.ws[0], self.ws[1]) * self.table["a"] + self.table["b"]
        return y @ self.more[0] + self.more[1] * self.more[2]


# run trained(Dropped(), x), names(Dropped()) | x=f32[3,4] | tol=1e-4


class Copied(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.start = nn.ParameterList([nn.Parameter(p.detach().clone(), requires_grad=False) for p in self.fc.parameters()])

    def forward(self, x):
        return self.fc(x) + sum((p - q).pow(2).sum() for p, q in zip(self.fc.parameters(), self.start))


# run names(Copied()) | x=f32[3,4]


# run trained(Penalty(), x) | x=f32[3,4] | todo
class Penalty(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.b = nn.Linear(4, 4)
        self.ws = nn.ParameterList([self.a.weight, self.b.weight])

    def forward(self, x):
        return self.b(torch.tanh(self.a(x))) + sum(w.pow(2).sum() for w in self.ws)


# run trained(Table(), x) | x=f32[3,4] | todo
class Table(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.pd = nn.ParameterDict({"w": self.a.weight})
        self.pd["b"] = self.a.bias

    def forward(self, x):
        return self.a(x) @ self.pd["w"] + self.pd["b"]
