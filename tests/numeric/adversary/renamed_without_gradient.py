"""Blocks without gradients that change a tensor from outside by another name: its gradient stays, and is not that of a new one."""
import torch
import torch.nn as nn


# run Renamed()(x) | x=f32[4,3] | weights=own | todo
class Renamed(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        h = self.fc(x)
        with torch.no_grad():
            y = h
            y.mul_(2)
        return y


# run Kept()(x) | x=f32[4,3] | weights=own | todo
class Kept(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        h = self.fc(x)
        with torch.no_grad():
            y = h
            y.mul_(2)
        return h


# run Chosen()(x) | x=f32[4,3] | weights=own | todo
class Chosen(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def forward(self, x, mask=None):
        h = self.fc(x)
        with torch.no_grad():
            y = h if mask is None else h.clone()
            y.mul_(2)
        return h + y


# run Given()(x) | x=f32[4,3] | weights=own | todo
class Given(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def same(self, x):
        return x

    def forward(self, x):
        h = self.fc(x)
        with torch.no_grad():
            y = self.same(h)
            y.mul_(2)
        return h + y


# run Sometimes()(x) | x=f32[4,3] | weights=own | todo
class Sometimes(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        h = self.fc(x)
        with torch.no_grad():
            y = torch.zeros(4, 3)
            if len(x) > 2:
                y = h
            y.fill_(2)
        return h + y


# Another name alone is the tensor with its gradient; what the block makes has none.
# run m = Named(); m(x) | model=m | x=f32[4,3] | grad=parameters
class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        h = self.fc(x)
        with torch.no_grad():
            y = h
            scale = h.abs() + 1
            scale.mul_(2)
            z = h * 1
            z *= 3
        return y * scale + z
