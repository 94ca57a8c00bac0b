"""Plain lists and dictionaries of modules, in whatever way they become attributes: PyTorch neither trains nor saves what they hold."""
import torch
import torch.nn as nn


def kept(m):
    return list(m.state_dict()), len(list(m.parameters()))


class Stages(nn.Module):
    def __init__(self):
        super().__init__()
        self.stages, self.names = [], []
        for i in range(2):
            stage = nn.Linear(3, 3)
            self.add_module("res" + str(i), stage)
            self.stages.append(stage)
            self.names.append(i)

    def forward(self, x):
        for _, stage in zip(self.names, self.stages):
            x = stage(x)
        return x


# run m = Stages(); m(x), kept(m) | model=m | x=f32[2,3] | grad=x,parameters
class Added(nn.Module):
    def __init__(self):
        super().__init__()
        self.stages = []
        for i in range(2):
            stage = nn.Linear(3, 3)
            setattr(self, f"res{i}", stage)
            self.stages += [stage]

    def forward(self, x):
        for stage in self.stages:
            x = stage(x)
        return x


# run m = Added(); m(x), kept(m) | model=m | x=f32[2,3] | grad=x,parameters
class Passed(nn.Module):
    def __init__(self):
        super().__init__()
        self.stages = stages = []
        self.others = []
        self._build(stages, "res")
        self._build(self.others, "out")

    def _build(self, out, name):
        for i in range(2):
            stage = nn.Linear(3, 3)
            self.add_module(f"{name}{i}", stage)
            out.append(stage)

    def forward(self, x):
        for stage in self.stages + self.others:
            x = stage(x)
        return x


# run m = Passed(); m(x), kept(m) | model=m | x=f32[2,3] | grad=x,parameters
class Filled(nn.Module):
    def __init__(self):
        super().__init__()
        self.stages = stages = []
        self.by_name = dict()
        (self.layers, self.acts), self.n = (list(), list()), 2
        for i in range(self.n):
            stages.append(nn.Linear(3, 3))
            self.by_name.update({str(i): nn.Linear(3, 3)})
            self.layers.append(nn.Linear(3, 3))
            self.acts.append(nn.ReLU())
        self.out = nn.Linear(3, 2)

    def forward(self, x):
        return self.out(x)


# run m = Filled(); m(x), kept(m) | model=m | x=f32[2,3]
# What is registered stays registered, and other lists stay lists.
class Registered(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks, self.sizes = nn.ModuleList(), []
        self.blocks += [nn.Linear(3, 3)]
        self.heads = heads = nn.ModuleList()
        heads.append(nn.Linear(3, 2))
        self.later, self.n = [], 3
        for i in range(2):
            self.later.append(nn.Linear(3, 3))
            self.sizes += [i]
        self.later = nn.ModuleList(self.later)
        self.first, self.second = [nn.Linear(3, 3) for _ in range(2)]

    def forward(self, x):
        for block in [*self.blocks, *self.later, self.first, self.second]:
            x = block(x)
        return self.heads[0](x) * sum(self.sizes)


# run m = Registered(); m(x), kept(m) | model=m | x=f32[2,3] | grad=x,parameters
