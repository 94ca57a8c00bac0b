import torch
import torch.nn as nn


def names(m: nn.Module):
    return list(m.state_dict()), len(list(m.modules())), [n for n, _ in m.named_parameters()]


class Keyed(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = {}
        for i in range(2):
            c = nn.Linear(4, 4)
            self.add_module("conv_%d" % i, c)
            self.convs[i] = c

    def forward(self, x):
        for i in range(2):
            x = torch.tanh(self.convs[i](x))
        return x


# run m = Keyed(); m(x), names(m) | model=m | x=f32[3,4] | grad=parameters


class ByText(nn.Module):
    def __init__(self):
        super().__init__()
        self.heads = dict()
        for name in ("a", "b"):
            setattr(self, f"head_{name}", nn.Linear(4, 2))
            self.heads[name] = getattr(self, f"head_{name}")
        self.first = nn.Linear(4, 4)
        self.named = {}
        self.named["first"] = self.first

    def forward(self, x):
        x = self.named["first"](x)
        return sum(head(x) for head in self.heads.values())


# run m = ByText(); m(x), names(m) | model=m | x=f32[3,4] | grad=parameters


class BecomesDict(nn.Module):
    """A dictionary that a container is made of."""

    def __init__(self):
        super().__init__()
        self.heads = {}
        for name in ("a", "b"):
            self.heads[name] = nn.Linear(4, 2)
        self.heads = nn.ModuleDict(self.heads)
        self.table = nn.ModuleDict()
        for name in ("a", "b"):
            self.table[name] = nn.Linear(4, 2)

    def forward(self, x):
        return self.heads["a"](x) + self.heads["b"](x) + self.table["a"](x)


# run m = BecomesDict(); m(x), names(m) | model=m | x=f32[3,4] | grad=parameters


# run statistics(x) | x=f32[5,4] | todo
class SecondName(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm1d(4)
        self.mean = self.bn.running_mean

    def forward(self, x):
        return self.bn(x) + self.mean


def statistics(x):
    m = SecondName()
    m(x)
    return m(x)
