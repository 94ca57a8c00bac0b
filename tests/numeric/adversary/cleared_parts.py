# Gradients that are cleared of a part of what an optimizer trains.
import torch
import torch.nn as nn


def filled(module):
    with torch.no_grad():
        for i, p in enumerate(module.parameters()):
            p.copy_(torch.linspace(-0.5, 0.6 + i, p.numel()).view_as(p))
    return module


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc, self.dec = nn.Linear(3, 3), nn.Linear(3, 3)

    def forward(self, x):
        return self.dec(self.enc(x))


def sums(module):
    return [p.sum().item() for p in module.parameters()]


# run beside_an_array(x) | x=f32[8,3] | todo
def beside_an_array(x):
    net = filled(nn.Linear(3, 3))
    scale = nn.Parameter(torch.tensor(0.5))
    opt = torch.optim.SGD([*net.parameters(), scale], lr=0.1)
    for i in range(3):
        net.zero_grad()
        (net(x) * scale).pow(2).mean().backward()
        opt.step()
    return scale.item(), sums(net)


# run one_of_two(x) | x=f32[8,3] | todo
def one_of_two(x):
    a, b = filled(nn.Linear(3, 3)), filled(nn.Linear(3, 3))
    opt = torch.optim.SGD(list(a.parameters()) + list(b.parameters()), lr=0.01)
    for i in range(3):
        a.zero_grad()
        loss = b(a(x)).pow(2).mean()
        loss.backward()
        opt.step()
    return sums(a), sums(b)


# run a_layer(x) | x=f32[8,3] | todo
def a_layer(x):
    net = filled(Net())
    opt = torch.optim.SGD(net.parameters(), lr=0.01)
    for i in range(3):
        net.enc.zero_grad()
        net(x).pow(2).mean().backward()
        opt.step()
    return sums(net)


# run whole_for_a_head(x) | x=f32[8,3]
def whole_for_a_head(x):
    net = filled(Net())
    opt = torch.optim.SGD(net.dec.parameters(), lr=0.01)
    for i in range(3):
        net.zero_grad()
        loss = net(x).pow(2).mean()
        loss.backward()
        opt.step()
    return sums(net)


# run layers_of_a_model(x) | x=f32[8,3]
def layers_of_a_model(x):
    net = filled(Net())
    opt = torch.optim.SGD([{"params": net.enc.parameters(), "lr": 0.02}, {"params": net.dec.parameters()}], lr=0.01)
    for i in range(3):
        net.zero_grad()
        loss = net(x).pow(2).mean()
        loss.backward()
        opt.step()
    return sums(net)
