"""`type(layer) == nn.Linear` tells what `layer.weight` is, whatever else of the project has a `weight`."""
import torch
import torch.nn as nn


class Weighted:
    def __init__(self, weight: str = "column"):
        self.weight = weight


def initialised_by_type(layer):
    if type(layer) == nn.Linear:
        nn.init.constant_(layer.weight, 0.5)
        nn.init.zeros_(layer.bias)
    elif type(layer) is not torch.nn.LayerNorm:
        return
    else:
        torch.nn.init.constant_(layer.weight, 2.0)


class Typed(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 3), nn.LayerNorm(3), nn.ReLU())
        self.layers.apply(initialised_by_type)

    def forward(self, x):
        return self.layers(x)


# run started_by_type(x) | x=f32[2,4] | weights=own
def started_by_type(x):
    net = Typed()
    return [p.detach() for p in net.parameters()], net(x), Weighted().weight


# run bits(x) | x=f32[2,4] | weights=own
def bits(x):
    """Shares its name with the layer that `Bits.forward` calls: nobody takes gradients here."""
    m = nn.Linear(4, 3)
    with torch.no_grad():
        m.weight.copy_(torch.arange(12.0).view(3, 4).cos())
    w = m.weight.data
    w.sub_(w.min()).div_(w.max())
    return m.weight.detach().clone(), Bits()(x).shape


class Bits(nn.Module):
    def __init__(self):
        super().__init__()
        self.bits = nn.Sequential(nn.Linear(4, 3), nn.ReLU())

    def forward(self, x):
        return self.bits(x)
