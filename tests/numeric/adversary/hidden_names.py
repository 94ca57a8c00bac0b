"""Modules under names with an underscore in front, which MLX leaves out, whose classes nothing tells; parameters that are made by choice."""

import torch
from torch import nn


def build(arch, **options):
    return arch(4, 2, **options)


REGISTRY = {"linear": lambda: nn.Linear(4, 2)}


class Block(nn.Linear):
    pass


def state(model):
    return len(list(model.parameters())), [n for n, p in model.named_parameters() if p.requires_grad], list(model.state_dict())


# run m = Hidden(); (m(x), state(m)) | model=m | x=f32[3,4] | grad=parameters
class Hidden(nn.Module):
    def __init__(self, arch=nn.Linear, name="linear", act="ReLU"):
        super().__init__()
        self._model = build(arch)
        self._net = REGISTRY[name]()
        self._act = getattr(nn, act)()
        self._block = globals()["Block"](4, 2)
        self._scale = float("2.0")

    def forward(self, x):
        return self._act(self._model(x)) + self._net(x) + self._block(x) * self._scale


class Chosen(nn.Module):
    def __init__(self, learned):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(4)) if learned else torch.ones(4)
        self.shift = torch.zeros(4) if not learned else nn.Parameter(data=torch.zeros(4), requires_grad=True)
        self.mask = torch.zeros(4)
        self.mask[1:] = 1.0
        self.mask = nn.Parameter(data=self.mask, requires_grad=False)
        self.latent = nn.init.constant_(nn.Parameter(torch.empty(4)), 0.5)

    def forward(self, x):
        return x * self.scale * self.mask + self.shift + self.latent


# run m = Chosen(True); (m(x), state(m)) | model=m | x=f32[3,4] | grad=parameters
# run m = Chosen(False); (m(x), state(m)) | model=m | x=f32[3,4] | grad=parameters


class Statistics:
    def __init__(self, size):
        self.size = size

    def both(self):
        return torch.ones(self.size), torch.full((self.size,), 2.0)


def train(model, x):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = model(x).pow(2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# run m = Normalised(globals()["Statistics"](4)); (train(m, x), m.mean, m.std) | x=f32[3,4] | model=m
class Normalised(nn.Module):
    def __init__(self, data):
        super().__init__()
        self.mean, self.std = data.both()
        self.linear = nn.Linear(4, 2)

    def forward(self, x):
        return self.linear((x - self.mean) / self.std)


# run seg(x, b) | x=f32[5,2] | b=np.array([0, 2, 5])
def seg(x: torch.Tensor, bounds: torch.Tensor):
    return torch.stack([x[slice(bounds[i], bounds[i + 1])].sum(0) for i in range(bounds.shape[0] - 1)])


# run spectral(x, 0), spectral(x, 1), spectral(x, 2) | x=f32[4]
def spectral(u, order):
    k = torch.fft.fftfreq(4) * 4
    return torch.view_as_real((1j * k) ** order * u)
