"""`torch.is_grad_enabled()` in what is not called by its name: modules that functions of PyTorch call, values, properties of subclasses, hooks."""
import torch
import torch.nn as nn
from torch.utils.checkpoint import checkpoint


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        if torch.is_grad_enabled():
            return self.fc(x) * 2
        return self.fc(x)


# run m = Recomputed(); (off(m, x), m(x)) | model=m | x=f32[2,3]
class Recomputed(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block()

    def forward(self, x):
        return checkpoint(self.block, x, use_reentrant=False)


def off(net: Recomputed, x):
    with torch.no_grad():
        return net(x)


# run m = Mapped(); (off_mapped(m, x), m.encode(x)) | model=m | x=f32[2,3]
class Mapped(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block()

    def encode(self, x):
        return sum(map(self.block, [x, x]))


def off_mapped(net: Mapped, x):
    with torch.no_grad():
        return net.encode(x)


# run m = OfFactor(); (off_factor(m, x), m(x)) | model=m | x=f32[2,3]
class Factor(nn.Module):
    def forward(self, x):
        return x * self.factor


class OfFactor(Factor):
    @property
    def factor(self):
        return 2.0 if torch.is_grad_enabled() else 1.0


def off_factor(net: Factor, x):
    with torch.no_grad():
        return net(x)


# run m = OfLambda(); (off_lambda(m, x), m(x)) | model=m | x=f32[2,3]
class OfLambda(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = lambda x: x * 2 if torch.is_grad_enabled() else x

    def forward(self, x):
        return self.f(x)


def off_lambda(net: OfLambda, x):
    with torch.no_grad():
        return net(x)


# run m = OfClosure(); (off_closure(m, x), m(x)) | model=m | x=f32[2,3]
def make():
    def inner(x):
        return x * 2 if torch.is_grad_enabled() else x

    return inner


class OfClosure(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = make()

    def forward(self, x):
        return self.f(x)


def off_closure(net: OfClosure, x):
    with torch.no_grad():
        return net(x)


# run m = OfTable(); (off_table(m, x), m(x, "a")) | model=m | x=f32[2,3]
class OfTable(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.ops = {"a": self.one}

    def one(self, x):
        if torch.is_grad_enabled():
            return self.fc(x) * 2
        return self.fc(x)

    def forward(self, x, name):
        return self.ops[name](x)


def off_table(net: OfTable, x):
    with torch.no_grad():
        return net(x, "a")


# run m = ByName(); (off_by_name(m, x), m.run(x, "plus"), m.run(x, "minus")) | model=m | x=f32[2,3]
class ByName(nn.Module):
    def plus(self, x):
        return x + 1 if torch.is_grad_enabled() else x

    def minus(self, x):
        return x - 1

    def run(self, x, name):
        return getattr(self, name)(x)


def off_by_name(net: ByName, x):
    with torch.no_grad():
        return net.run(x, "plus"), net.run(x, "minus")


# run m = Hooked(); (off_hooked(m, x), m(x)) | model=m | x=f32[2,3]
class Hooked(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.fc.register_forward_hook(self.behind_layer)

    def behind_layer(self, module, inputs, out):
        return self.changed_by_hook(out)

    def changed_by_hook(self, out):
        return out * 2 if torch.is_grad_enabled() else out

    def forward(self, x):
        return self.fc(x)


def off_hooked(net: Hooked, x):
    with torch.no_grad():
        return net(x)
