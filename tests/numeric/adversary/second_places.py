"""Parameters and modules that a module keeps in a second place, or in one where PyTorch looks for none."""
import torch
import torch.nn as nn
import torch.nn.functional as F


def fit(m, x, y):
    opt = torch.optim.SGD(m.parameters(), lr=0.1)
    losses = []
    for _ in range(3):
        loss = F.mse_loss(m(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses, [k for k, _ in m.named_parameters()], sorted(m.state_dict())


def lin(v=0.1, d=3):
    layer = nn.Linear(d, d)
    nn.init.constant_(layer.weight, v)
    nn.init.constant_(layer.bias, v)
    return layer


# run fit(TwoNames(), x, y) | x=f32[4,3] | y=f32[4,3]
class TwoNames(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = self.b = nn.Parameter(torch.full((3,), 0.2))
        self.c = self.d = lin(0.3)
        self.n = self.k = 2

    def forward(self, x):
        return self.c(x) * self.a + self.d(x) * self.b * self.n


# run fit(First(), x, y) | x=f32[4,3] | y=f32[4,3]
class First(nn.Module):
    def __init__(self):
        super().__init__()
        self.ws = nn.ParameterList([nn.Parameter(torch.full((3,), 0.5)) for _ in range(2)])
        self.first = self.ws[0]

    def forward(self, x):
        return x * self.ws[0] + self.ws[1] * self.first


# run fit(Nested(), x, y) | x=f32[4,3] | y=f32[4,3]
class Nested(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = lin()
        self.groups = [[lin(0.2)], [lin(0.3)]]

    def forward(self, x):
        return sum(layer(self.fc(x)) for group in self.groups for layer in group)


# run fit(Shared(), x, y) | x=f32[4,3] | y=f32[4,3]
class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [lin(0.2), lin(0.3)]
        self.net = nn.Sequential(*layers)
        self.groups = [[layers[0]], [layers[1], lin(0.4)]]

    def forward(self, x):
        h = self.net(x)
        for group in self.groups:
            for layer in group:
                h = h + layer(x)
        return h


# run fit(Mixed(), x, y) | x=f32[4,3] | y=f32[4,3]
class Mixed(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = lin()
        self.acts = [torch.tanh, nn.PReLU()]
        self.steps = nn.ModuleList([nn.Tanh(), nn.PReLU()])
        self.sizes = [[1, 2], [3]]

    def forward(self, x):
        x = self.fc(x)
        for act in [*self.acts, *self.steps]:
            x = act(x)
        return x * len(self.sizes[0])


# run fit(Parent(), x, y) | x=f32[4,3] | y=f32[4,3]
class Child(nn.Module):
    def __init__(self, parent=None):
        super().__init__()
        self.parent = [parent]
        self.w = nn.Parameter(torch.ones(3))

    def forward(self, x):
        return x * self.w * self.parent[0].scale


class Parent(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))
        self.child = Child(self)

    def forward(self, x):
        return self.child(x)


# run fit(Later(), x, y) | x=f32[4,3] | y=f32[4,3] | todo
class Later(nn.Module):
    def __init__(self):
        super().__init__()
        self.ws = [nn.Parameter(torch.full((3,), 0.5)) for _ in range(2)]
        for i, w in enumerate(self.ws):
            setattr(self, f"w{i}", w)

    def forward(self, x):
        return x * self.ws[0] + self.ws[1]


# run fit(LaterByName(), x, y) | x=f32[4,3] | y=f32[4,3] | todo
class LaterByName(nn.Module):
    def __init__(self):
        super().__init__()
        self.ws = {"a": nn.Parameter(torch.full((3,), 0.5)), "b": nn.Parameter(torch.ones(3))}
        for k, w in self.ws.items():
            self.register_parameter(k, w)

    def forward(self, x):
        return x * self.ws["a"] + self.ws["b"]


# run fit(Copied(), x, y) | x=f32[4,3] | y=f32[4,3] | todo
class Copied(nn.Module):
    def __init__(self):
        super().__init__()
        self.ws = nn.ParameterList([nn.Parameter(torch.full((3,), 0.5)) for _ in range(2)])
        self.vec = [*self.ws]

    def forward(self, x):
        return x * self.vec[0] + self.vec[1]


# run fit(Listed(), x, y) | x=f32[4,3] | y=f32[4,3] | todo
class Listed(nn.Module):
    def __init__(self):
        super().__init__()
        self.ws = nn.ParameterList([nn.Parameter(torch.full((3,), 0.5)) for _ in range(2)])
        self.items = list(self.ws)

    def forward(self, x):
        return x * self.items[0] + self.items[1]


# run fit(Joined(), x, y) | x=f32[4,3] | y=f32[4,3] | todo
class Joined(nn.Module):
    def __init__(self):
        super().__init__()
        ws = [nn.Parameter(torch.full((3,), 0.5)) for _ in range(2)]
        self.ws = nn.ParameterList(ws)
        self.all = ws + [nn.Parameter(torch.ones(3))]

    def forward(self, x):
        return x * self.all[0] + self.all[1] * self.all[2]
