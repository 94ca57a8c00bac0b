"""The truth of modules in every place where Python asks for it: MLX's are dicts, and false without arrays."""
import torch
import torch.nn as nn


class Triple(nn.Module):
    def forward(self, x):
        return x * 3


class Sized(nn.Module):
    def __len__(self):
        return 0

    def forward(self, x):
        return x


# run truths()
def truths():
    mods = [nn.ReLU(), None, nn.Linear(2, 2), nn.Identity()]
    return (
        bool(nn.ReLU()), any([nn.ReLU()]), all([nn.ReLU(), nn.Identity()]), all(m for m in nn.Sequential(nn.ReLU())), any(mods), all(mods),
        sum(map(bool, mods)), len(list(filter(bool, mods))), len(list(filter(lambda m: m, mods))), len([m for m in mods if not m]),
        bool(Triple()), bool(Sized()), any([Sized(), None]), any([None, Triple()]),
    )


# run looked_up()
def looked_up():
    table = {"a": nn.ReLU(), "b": None, "c": Triple()}
    net = nn.Sequential(nn.ReLU(), nn.Linear(2, 2))
    found = []
    for name, module in table.items():
        if module:
            found.append(name)
    if table.get("a"):
        found.append("get")
    if not table.get("d"):
        found.append("none")
    if (module := table.get("c")):
        found.append("walrus")
    if net._modules.get("0"):
        found.append("child")
    if first(net, nn.ReLU):
        found.append("first")
    relu = first(net, nn.ReLU)
    if not relu:
        found.append("nothing")
    return found, bool(first(net, nn.Tanh))


def first(net: nn.Module, cls):
    return next((m for m in net.modules() if isinstance(m, cls)), None)


# run m = Optional(); m(x) | x=f32[2,3]
class Optional(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ReLU()
        self.none = None

    def forward(self, x):
        if getattr(self, "act", None):
            x = self.act(x)
        if getattr(self, "none", None):
            x = x * 100
        return x


# run applied(REGISTRY["triple"](), REGISTRY["relu"](), x), applied(None, False, x), applied(REGISTRY["triple"](), False, x) | x=f32[2,3]
# run m = Held(REGISTRY["triple"](), REGISTRY["relu"]()); m(x) | x=f32[2,3]
# run m = Held(); m(x) | x=f32[2,3]
REGISTRY = {"triple": lambda: Triple(), "relu": lambda: nn.ReLU()}


def applied(pre, post, x: torch.Tensor):
    if pre:
        x = pre(x)
    return post(x) if post else x


class Held(nn.Module):
    def __init__(self, act=None, pool=False):
        super().__init__()
        self.act = act
        self.pool = pool
        self.last = act or nn.Identity()

    def forward(self, x):
        if self.act:
            x = self.act(x)
        if not self.pool:
            return self.last(x)
        return self.pool(x.abs())
