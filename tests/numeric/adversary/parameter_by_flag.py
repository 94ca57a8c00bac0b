"""A tensor that an attribute gets as it is, where the class makes a parameter of it under a condition: one is trained, the other is not."""

from typing import Optional

import torch
import torch.nn as nn
import torch.nn.functional as F


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(4, 4)

    def forward(self, x):
        return self.lin(x) * self.f


class Given(Scaled):
    def __init__(self, v, learn=False):
        super().__init__()
        self.f = v * 1
        if learn:
            self.f = nn.Parameter(v)


class Kept(Scaled):
    def __init__(self, v, learn=False):
        super().__init__()
        self.f = v
        if learn:
            self.f = nn.Parameter(self.f * 1)


class Made(Scaled):
    def __init__(self, v, learn=False):
        super().__init__()
        self.f = self.make(v)
        if learn:
            self.f = nn.Parameter(self.f)

    def make(self, v):
        return v[:4]


class Else(Scaled):
    def __init__(self, v, learn=False):
        super().__init__()
        if learn:
            self.f = nn.Parameter(v)
        else:
            self.f = v * 2


class Chosen(Scaled):
    def __init__(self, v, learn=False):
        super().__init__()
        self.f = nn.Parameter(v) if learn else v


class Unlocked(Scaled):
    def __init__(self, v, learn=False):
        super().__init__()
        self.f = v * 2
        if learn:
            self.unlock()

    def unlock(self):
        self.f = nn.Parameter(self.f)


class Named(Scaled):
    def __init__(self, v, learn=False):
        super().__init__()
        f = self.pick(v)
        self.f = f if not learn else nn.Parameter(f)

    def pick(self, v):
        return v.reshape(-1)


class ByName(Scaled):
    def __init__(self, v, learn=False):
        super().__init__()
        setattr(self, "f", v)
        if learn:
            setattr(self, "f", nn.Parameter(v))


class Reset(Scaled):
    def __init__(self, v, learn=False):
        super().__init__()
        self.reset(v)
        if learn:
            self.register_parameter("f", nn.Parameter(v))

    def reset(self, v):
        self.f = v


class Pair(Scaled):
    def __init__(self, v, learn=False):
        super().__init__()
        self.f, self.g = v, v * 2
        if learn:
            self.f = nn.Parameter(v)

    def forward(self, x):
        return super().forward(x) + self.g


class Copied(Scaled):
    def __init__(self, v, learn=False):
        super().__init__()
        self.f = v
        if learn:
            self.f = torch.nn.parameter.Parameter(self.f.clone())


class Optionally(Scaled):
    def __init__(self, v: Optional[torch.Tensor] = None, learn: bool = False):
        super().__init__()
        if v is None:
            v = torch.ones(4)
        self.f = v
        if learn:
            self.f = nn.Parameter(self.f)


class Annotated(Scaled):
    def __init__(self, v: torch.Tensor, learn: bool = False):
        super().__init__()
        self.f = v
        if learn:
            self.f = nn.Parameter(self.f)


class Filters(Scaled):
    """Mel filters, as front ends of speech models make them."""

    def __init__(self, v, learn=False, n=4):
        super().__init__()
        mel = torch.linspace(self._mel(0), self._mel(5), n + 2)
        hz = self._hz(mel)
        self.f = hz[1:-1]
        if learn:
            self.f = nn.Parameter(self.f / 2)

    @staticmethod
    def _mel(hz):
        return 2 * hz + 1

    @staticmethod
    def _hz(mel):
        return 700 * (10 ** (mel / 2595) - 1)


class Loop(nn.Module):
    """Where the constructor makes the parameter whatever is asked for, a name may get it before."""

    def __init__(self, v):
        super().__init__()
        self.lin = nn.Linear(4, 4)
        self.f = v
        self.f = nn.Parameter(self.f * 2)

    def forward(self, x):
        return self.lin(x) * self.f


class Number(nn.Module):
    def __init__(self, s, learn=False):
        super().__init__()
        self.lin = nn.Linear(4, 4)
        self.s = nn.Parameter(torch.ones(4) * s) if learn else s

    def forward(self, x):
        return self.lin(x) * self.s


def fill(net):
    """The same values on both sides, of the layer alone."""
    with torch.no_grad():
        for k, p in enumerate(net.lin.parameters()):
            p.copy_(torch.sin(torch.arange(p.numel(), dtype=torch.float32) * 0.9 + k).reshape(p.shape) * 0.4)
    return net


def trained(net, x):
    """Which names are trained and saved, and what a step makes of the model."""
    names = sorted(name for name, _ in net.named_parameters())
    keys = sorted(net.state_dict())
    opt = torch.optim.SGD(net.parameters(), lr=0.1, weight_decay=0.1)
    for _ in range(2):
        opt.zero_grad()
        loss = F.mse_loss(net(x), x)
        loss.backward()
        opt.step()
    return names, keys, net(x)


# run given_fixed(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def given_fixed(x, v):
    return trained(fill(Given(v, learn=False)), x)


# run given_learned(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def given_learned(x, v):
    return trained(fill(Given(v, learn=True)), x)


# run kept_fixed(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def kept_fixed(x, v):
    return trained(fill(Kept(v, learn=False)), x)


# run kept_learned(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def kept_learned(x, v):
    return trained(fill(Kept(v, learn=True)), x)


# run made_fixed(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def made_fixed(x, v):
    return trained(fill(Made(v, learn=False)), x)


# run made_learned(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def made_learned(x, v):
    return trained(fill(Made(v, learn=True)), x)


# run else_fixed(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def else_fixed(x, v):
    return trained(fill(Else(v, learn=False)), x)


# run else_learned(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def else_learned(x, v):
    return trained(fill(Else(v, learn=True)), x)


# run chosen_fixed(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def chosen_fixed(x, v):
    return trained(fill(Chosen(v, learn=False)), x)


# run chosen_learned(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def chosen_learned(x, v):
    return trained(fill(Chosen(v, learn=True)), x)


# run unlocked_fixed(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def unlocked_fixed(x, v):
    return trained(fill(Unlocked(v, learn=False)), x)


# run unlocked_learned(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def unlocked_learned(x, v):
    return trained(fill(Unlocked(v, learn=True)), x)


# run named_fixed(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def named_fixed(x, v):
    return trained(fill(Named(v, learn=False)), x)


# run named_learned(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def named_learned(x, v):
    return trained(fill(Named(v, learn=True)), x)


# run byname_fixed(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def byname_fixed(x, v):
    return trained(fill(ByName(v, learn=False)), x)


# run byname_learned(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def byname_learned(x, v):
    return trained(fill(ByName(v, learn=True)), x)


# run reset_fixed(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def reset_fixed(x, v):
    return trained(fill(Reset(v, learn=False)), x)


# run pair_fixed(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def pair_fixed(x, v):
    return trained(fill(Pair(v, learn=False)), x)


# run pair_learned(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def pair_learned(x, v):
    return trained(fill(Pair(v, learn=True)), x)


# run copied_fixed(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def copied_fixed(x, v):
    return trained(fill(Copied(v, learn=False)), x)


# run copied_learned(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def copied_learned(x, v):
    return trained(fill(Copied(v, learn=True)), x)


# run optionally_fixed(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def optionally_fixed(x, v):
    return trained(fill(Optionally(v, learn=False)), x)


# run optionally_learned(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def optionally_learned(x, v):
    return trained(fill(Optionally(v, learn=True)), x)


# run annotated_fixed(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def annotated_fixed(x, v):
    return trained(fill(Annotated(v, learn=False)), x)


# run annotated_learned(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def annotated_learned(x, v):
    return trained(fill(Annotated(v, learn=True)), x)


# run filters_fixed(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def filters_fixed(x, v):
    return trained(fill(Filters(v, learn=False)), x)


# run filters_learned(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def filters_learned(x, v):
    return trained(fill(Filters(v, learn=True)), x)


# run loop(x, v) | x=f32[3,4] | v=f32[4] | weights=own
def loop(x, v):
    return trained(fill(Loop(v)), x)


# run number_fixed(x) | x=f32[3,4] | weights=own
def number_fixed(x):
    return trained(fill(Number(0.5)), x)


# run number_learned(x) | x=f32[3,4] | weights=own
def number_learned(x):
    return trained(fill(Number(0.5, learn=True)), x)


# run shared_fixed(x, v) | x=f32[3,4] | v=f32[4] | weights=own | todo
def shared_fixed(x, v):
    return trained(fill(Shared(v)), x)


class Shared(Scaled):
    def __init__(self, v, learn=False):
        super().__init__()
        self.f = v
        if learn:
            self.f = nn.Parameter(v)
