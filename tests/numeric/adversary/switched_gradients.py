"""Which parameters are trained, switched by methods and assignments, of renamed and of typed modules."""
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, fixed=True):
        super().__init__()
        self.lin = nn.Linear(3, 3)
        self._lin = nn.Linear(3, 3)
        self._scale = nn.Parameter(torch.ones(3))
        self.keys = nn.Parameter(torch.ones(3))
        if fixed:
            self._scale.requires_grad = False
            self.keys.requires_grad_(False)
            self._lin.weight.requires_grad = False

    def forward(self, x):
        return self._lin(self.lin(x)) * self._scale * self.keys


def trained(net):
    return [name for name, p in net.named_parameters() if p.requires_grad]


# run renamed()
def renamed():
    net = Net()
    first = trained(net)
    net._scale.requires_grad = True
    net._lin.requires_grad_(False)
    net._lin.bias.requires_grad_()
    return first, trained(net), sum(p.numel() for p in net.parameters() if p.requires_grad)


def biases(net: Net):
    net.requires_grad_(False)
    for name, p in net.named_parameters():
        if "bias" in name:
            p.requires_grad_(True)
    first = trained(net)
    net.lin.bias.requires_grad_(False)
    net.lin.weight.requires_grad_(True)
    for p in net._lin.parameters():
        p.requires_grad_()
    return first, trained(net)


# run of_typed()
def of_typed():
    return biases(Net(False))


# run by_a_test()
def by_a_test():
    net = Net(False)
    for p in net.parameters():
        p.requires_grad_(False)
    for name, p in net.named_parameters():
        if "weight" in name:
            p.requires_grad_()
    scale = net._scale
    scale.requires_grad_(True)
    x = torch.ones(3)
    x.requires_grad_(True)
    return trained(net), x


class Assigned(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 4)

    def forward(self, x):
        out = self.fc(x)
        with torch.no_grad():
            q = torch.exp(out / 0.5).t()
            q /= q.sum()
            for _ in range(2):
                q /= q.sum(dim=1, keepdim=True)
                q /= 4
            q *= q.shape[1]
        return -(q.t() * torch.log_softmax(out, dim=1)).sum(dim=1).mean()


# run m = Assigned(); m(x) | model=m | x=f32[5,3] | grad=x,parameters
