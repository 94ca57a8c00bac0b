"""Parameters without axes, written in place: MLX's `x[:]` needs an axis."""
import math

import numpy as np
import torch
import torch.nn as nn


# run m = Clip(3.0); m.clamp(); m(x) | x=f32[2,3]
# run m = Clip(3.0); outside(m); m(x) | x=f32[2,3]
# run m = Clip(3.0); told(m); m(x) | x=f32[2,3]
# run m = Clip(3.0); through_names(m); m(x) | x=f32[2,3]
# run m = Clip(3.0); augmented(m); m(x) | x=f32[2,3]
class Clip(nn.Module):
    def __init__(self, t):
        super().__init__()
        self.logit_scale = nn.Parameter(torch.ones([]) * np.log(1 / 0.07))
        self.t = nn.Parameter(torch.tensor(t))
        self.two = nn.Parameter(torch.tensor(2.0).log())
        self.z = nn.Parameter(torch.zeros(()))
        self.b = nn.Parameter(torch.zeros(3))

    def clamp(self):
        with torch.no_grad():
            self.logit_scale.clamp_(0, math.log(10))
            self.t.data.clamp_(0, 1)
            self.z.data.fill_(.5)
            self.two.fill_(3)
            self.b.fill_(1).clamp_(0, 1)
        self.two.data.mul_(2).add_(1)

    def forward(self, x):
        return x * self.logit_scale.exp() + self.t + self.z * x + self.b + self.two


def outside(model):
    model.logit_scale.data.clamp_(0, 4)
    with torch.no_grad():
        model.logit_scale.clamp_(0, math.log(10))
        model.t.copy_(torch.tensor(1.5))
        model.z.data.copy_(model.t)
        model.two.zero_()
        nn.init.constant_(model.two, 3)


def told(model: Clip):
    model.logit_scale.data.fill_(.5)
    model.t.data = torch.clamp(model.t.data, 0, 1)
    with torch.no_grad():
        model.z.fill_(.5)
        model.z.mul_(2)
        model.z.data.sub_(torch.tensor(3.))


def through_names(model: Clip):
    scale = model.logit_scale
    with torch.no_grad():
        scale.clamp_(0, 1)
    data = model.t.data
    data.mul_(2)
    torch.nn.init.zeros_(model.z)


def augmented(model):
    with torch.no_grad():
        model.t *= 2
        model.z += 1
        model.two -= model.t
    model.logit_scale.data *= 0.1


# run m = Listed(); scaled(m); m(x) | x=f32[2,3]
# run m = Listed(); scaled_by_name(m); m(x) | x=f32[2,3]
class Listed(nn.Module):
    def __init__(self):
        super().__init__()
        self.ps = nn.ParameterList([nn.Parameter(torch.ones(3) * i) for i in range(3)])
        self.pd = nn.ParameterDict({"a": nn.Parameter(torch.ones(3)), "b": nn.Parameter(torch.ones([]))})

    def forward(self, x):
        for p in self.ps:
            x = x * p + 1
        return x * self.pd["a"] + self.pd["b"]


def scaled(m):
    m.ps[1].data *= 2
    m.ps[-1].data += torch.ones(3)
    m.pd["a"].data -= 3
    m.pd["b"].data /= 4


def scaled_by_name(m: Listed):
    m.ps[1].data *= 2
    for i in range(2):
        m.ps[i].data = m.ps[i].data + 1
    for key in m.pd:
        m.pd[key].data -= 3
