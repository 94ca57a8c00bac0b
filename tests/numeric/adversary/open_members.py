"""Plain tensors, parameters, buffers and layers that modules take in by names that only the run knows: PyTorch trains what is a parameter, and nothing else."""
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F


def lin(v=0.1, d=3):
    layer = nn.Linear(d, d)
    nn.init.constant_(layer.weight, v)
    nn.init.constant_(layer.bias, v)
    return layer


def fit(m, x, y):
    opt = torch.optim.SGD(m.parameters(), lr=0.1)
    losses = []
    for _ in range(3):
        loss = F.mse_loss(m(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses, sorted(k for k, _ in m.named_parameters()), sorted(m.state_dict())


# run fit(placed(), x, y) | x=f32[4,3] | y=f32[4,3]
# run fit(placed_parameter(), x, y) | x=f32[4,3] | y=f32[4,3]
class Placed(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = lin()

    def place(self, key, value):
        setattr(self, key, value)

    def forward(self, x):
        return self.fc(x) * self.gain + self.shift


def placed():
    m = Placed()
    m.place("gain", torch.ones(3))
    m.place("shift", torch.zeros(3))
    return m


class PlacedParameter(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = lin()

    def place(self, key, value):
        setattr(self, key, value)

    def forward(self, x):
        return self.fc(x) * self.gain + self.shift


def placed_parameter():
    m = PlacedParameter()
    m.place("gain", nn.Parameter(torch.ones(3)))
    m.place("shift", torch.zeros(3))
    return m


# run fit(by_loop(), x, y) | x=f32[4,3] | y=f32[4,3]
class ByLoop(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = lin()

    def place(self, key, value):
        setattr(self, key, value)

    def forward(self, x):
        return self.head(self.fc(x)) * self.gain + self.shift


def by_loop():
    m = ByLoop()
    for k, v in {"head": lin(), "gain": torch.ones(3), "shift": torch.ones(3)}.items():
        m.place(k, v)
    return m


# run fit(from_outside(), x, y) | x=f32[4,3] | y=f32[4,3]
class Bare(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = lin()

    def forward(self, x):
        return self.fc(x) * self.gain + self.shift


def put(m, name, tensor):
    setattr(m, name, tensor)


def from_outside():
    m = Bare()
    put(m, "gain", torch.ones(3))
    put(m, "shift", torch.zeros(3))
    return m


# run fit(from_outside_typed(), x, y) | x=f32[4,3] | y=f32[4,3]
def put_typed(m: nn.Module, name: str, tensor: torch.Tensor):
    setattr(m, name, tensor)


def from_outside_typed():
    m = Bare()
    for name in "gain shift".split():
        put_typed(m, name, torch.ones(3))
    return m


# run fit(from_table(), x, y) | x=f32[4,3] | y=f32[4,3]
def from_table():
    model = Bare()
    table = {"gain": torch.ones(3), "shift": torch.zeros(3)}
    for name, value in table.items():
        setattr(model, name, value)
    return model


def by_words(cls):
    return cls(gain=torch.ones(3), shift=torch.zeros(3))


def by_places(cls):
    return cls(torch.ones(3), torch.zeros(3))


# run fit(by_words(WithOptions), x, y) | x=f32[4,3] | y=f32[4,3]
class WithOptions(nn.Module):
    def __init__(self, **kwargs):
        super().__init__()
        self.fc = lin()
        for k, v in kwargs.items():
            setattr(self, k, v)

    def forward(self, x):
        return self.fc(x) * self.gain + self.shift


# run fit(by_words(OfDict), x, y) | x=f32[4,3] | y=f32[4,3]
class OfDict(nn.Module):
    def __init__(self, **kwargs):
        super().__init__()
        self.fc = lin()
        self.__dict__.update(kwargs)

    def forward(self, x):
        return self.fc(x) * self.gain + self.shift


# run fit(by_words(OfVars), x, y) | x=f32[4,3] | y=f32[4,3]
class OfVars(nn.Module):
    def __init__(self, **kwargs):
        super().__init__()
        self.fc = lin()
        vars(self).update(kwargs)

    def forward(self, x):
        return self.fc(x) * self.gain + self.shift


# run fit(by_places(OfItems), x, y) | x=f32[4,3] | y=f32[4,3]
class OfItems(nn.Module):
    def __init__(self, gain, shift):
        super().__init__()
        self.fc = lin()
        self.__dict__["gain"] = gain
        self.__dict__.update(shift=shift)

    def forward(self, x):
        return self.fc(x) * self.gain + self.shift


# run fit(by_places(OfObject), x, y) | x=f32[4,3] | y=f32[4,3]
class OfObject(nn.Module):
    def __init__(self, gain, shift):
        super().__init__()
        self.fc = lin()
        object.__setattr__(self, "gain", gain)
        object.__setattr__(self, "shift", shift)

    def forward(self, x):
        return self.fc(x) * self.gain + self.shift


# run fit(by_words(OfObjectLoop), x, y) | x=f32[4,3] | y=f32[4,3]
class OfObjectLoop(nn.Module):
    def __init__(self, **kw):
        super().__init__()
        self.fc = lin()
        for name in kw:
            object.__setattr__(self, name, kw[name])

    def forward(self, x):
        return self.fc(x) * self.gain + self.shift


# run fit(by_words(OfSuper), x, y) | x=f32[4,3] | y=f32[4,3]
class OfSuper(nn.Module):
    def __init__(self, **kw):
        super().__init__()
        self.fc = lin()
        for name, value in kw.items():
            super().__setattr__(name, value)

    def forward(self, x):
        return self.fc(x) * self.gain + self.shift


# run fit(OfMixin(), x, y) | x=f32[4,3] | y=f32[4,3]
class TakesOptions:
    def take(self, options):
        for key, value in options.items():
            setattr(self, key, value)


class OfMixin(TakesOptions, nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = lin()
        self.take({"gain": torch.ones(3), "shift": torch.zeros(3)})

    def forward(self, x):
        return self.fc(x) * self.gain + self.shift


# run fit(OfMixinItems(), x, y) | x=f32[4,3] | y=f32[4,3]
class KeepsItems:
    def keep(self, **options):
        for key in options:
            setattr(self, key, options[key])

    def keep_one(self, name, value):
        setattr(self, name, value)


class OfMixinItems(nn.Module, KeepsItems):
    def __init__(self):
        super().__init__()
        self.fc = lin()
        self.keep(gain=torch.ones(3))
        self.keep_one("shift", torch.zeros(3))

    def forward(self, x):
        return self.fc(x) * self.gain + self.shift


# run fit(of_dataclass(), x, y) | x=f32[4,3] | y=f32[4,3]
@dataclass(eq=False)
class OfDataclass(nn.Module):
    gain: torch.Tensor
    shift: torch.Tensor

    def __new__(cls, *args, **kwargs):
        made = super().__new__(cls)
        nn.Module.__init__(made)
        return made

    def __post_init__(self):
        self.fc = lin()

    def forward(self, x):
        return self.fc(x) * self.gain + self.shift


def of_dataclass():
    return OfDataclass(torch.ones(3), torch.zeros(3))


# run fit(of_fields(), x, y) | x=f32[4,3] | y=f32[4,3]
@dataclass
class Fields:
    gain: torch.Tensor
    shift: torch.Tensor = None


class OfFields(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.fc = lin()
        self.__dict__.update(cfg.__dict__)

    def forward(self, x):
        return self.fc(x) * self.gain + self.shift


def of_fields():
    return OfFields(Fields(torch.ones(3), torch.zeros(3)))


# run fit(of_zip(), x, y) | x=f32[4,3] | y=f32[4,3]
class OfZip(nn.Module):
    def __init__(self, names, values):
        super().__init__()
        self.fc = lin()
        for name, value in zip(names, values):
            setattr(self, name, value)

    def forward(self, x):
        return self.fc(x) * self.gain + self.shift


def of_zip():
    return OfZip(["gain", "shift"], [torch.ones(3), torch.zeros(3)])


# run fit(of_set(), x, y) | x=f32[4,3] | y=f32[4,3]
class OfSet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = lin()

    def set(self, **kw):
        for k in kw:
            self.__setattr__(k, kw[k])
        return self

    def forward(self, x):
        return self.fc(x) * self.gain + self.shift


def of_set():
    return OfSet().set(gain=torch.ones(3), shift=torch.zeros(3))


# run fit(of_parameters(), x, y) | x=f32[4,3] | y=f32[4,3]
class OfParameters(nn.Module):
    def __init__(self, **kw):
        super().__init__()
        self.fc = lin()
        for k, v in kw.items():
            setattr(self, k, v)

    def forward(self, x):
        return self.fc(x) * self.gain + self.shift


def of_parameters():
    return OfParameters(gain=nn.Parameter(torch.ones(3)), shift=nn.Parameter(torch.zeros(3)))


# run fit(of_both(), x, y) | x=f32[4,3] | y=f32[4,3]
class OfBoth(nn.Module):
    def __init__(self, parts):
        super().__init__()
        self.fc = lin()
        for k, v in parts.items():
            setattr(self, k, v)

    def forward(self, x):
        return self.fc(x) * self.gain + self.shift


def of_both():
    return OfBoth({"gain": nn.Parameter(torch.ones(3)), "shift": torch.zeros(3)})


# run fit(of_copied(), x, y) | x=f32[4,3] | y=f32[4,3]
def of_copied():
    src, dst = Bare(), Bare()
    src.gain = nn.Parameter(torch.ones(3))
    src.register_buffer("shift", torch.zeros(3))
    for n, p in src.named_parameters(recurse=False):
        setattr(dst, n, nn.Parameter(p.clone()))
    for n, b in src.named_buffers():
        setattr(dst, n, b.clone())
    return dst


# run fit(of_taken(), x, y) | x=f32[4,3] | y=f32[4,3]
def of_taken():
    m = Bare()
    m.gain, m.shift = nn.Parameter(torch.ones(3)), nn.Parameter(torch.zeros(3))
    for name in [n for n, _ in m.named_parameters(recurse=False)]:
        value = getattr(m, name).data.clone()
        delattr(m, name)
        setattr(m, name, value)
    return m


# run fit(of_lists(), x, y) | x=f32[4,3] | y=f32[4,3]
class OfLists(nn.Module):
    def __init__(self, **kw):
        super().__init__()
        self.fc = lin()
        for k, v in kw.items():
            setattr(self, k, v)

    def forward(self, x):
        return self.fc(x) * self.stats[0] + self.stats[1] + self.table["a"]


def of_lists():
    return OfLists(stats=[torch.ones(3), torch.zeros(3)], table={"a": torch.ones(3)})


# run fit(of_buffer(), x, y) | x=f32[4,3] | y=f32[4,3]
class OfBuffer(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = lin()
        self.register_buffer("gain", torch.ones(3))
        self.shift = nn.Parameter(torch.zeros(3))

    def place(self, key, value):
        setattr(self, key, value)

    def forward(self, x):
        return self.fc(x) * self.gain + self.shift


def of_buffer():
    m = OfBuffer()
    m.place("gain", torch.full((3,), 2.0))
    m.place("shift", nn.Parameter(torch.ones(3)))
    return m


# run fit(of_kept(), x, y) | x=f32[4,3] | y=f32[4,3] | todo
def of_kept():
    src, dst = Bare(), Bare()
    src.gain = nn.Parameter(torch.ones(3))
    src.register_buffer("shift", torch.zeros(3))
    for n in ("gain", "shift"):
        value = getattr(src, n)
        setattr(dst, n, nn.Parameter(value.detach().clone()) if isinstance(value, nn.Parameter) else value)
    return dst


# run fit(of_same(), x, y) | x=f32[4,3] | y=f32[4,3]
def of_same():
    src, dst = Bare(), Bare()
    src.gain = nn.Parameter(torch.ones(3))
    src.register_buffer("shift", torch.zeros(3))
    for n in ("gain", "shift"):
        move(src, dst, n)
    return dst


def move(src, dst, name):
    setattr(dst, name, getattr(src, name))


# run fit(of_two_kinds(), x, y) | x=f32[4,3] | y=f32[4,3] | todo
class OfTwoKinds(nn.Module):
    def __init__(self, gain, shift):
        super().__init__()
        self.fc = lin()
        self.put("gain", gain)
        self.put("shift", shift)

    def put(self, name, value):
        if isinstance(value, nn.Parameter):
            self.register_parameter(name, value)
        else:
            self.register_buffer(name, value)

    def forward(self, x):
        return self.fc(x) * self.gain + self.shift


def of_two_kinds():
    return OfTwoKinds(nn.Parameter(torch.ones(3)), torch.zeros(3))


class MadeBefore(nn.Module):
    """Parameters that have a name, or stand in a list, before the module gets them."""

    def __init__(self, sizes=(2, 3)):
        super().__init__()
        for i, size in enumerate(sizes):
            w = nn.Parameter(torch.zeros(size))
            nn.init.constant_(w, 0.5)
            setattr(self, "w" + str(i), w)
        made = [nn.Parameter(torch.ones(size)) for size in sizes]
        for i, v in enumerate(made):
            setattr(self, f"v{i}", v)
        setattr(self, "u" + str(len(sizes)), self.built(3))
        names, params = ["first", "second"], (nn.Parameter(torch.ones(1)), nn.Parameter(torch.ones(2)))
        for name, param in zip(names, params):
            setattr(self, name, param)
        for key, value in dict(gain=nn.Parameter(torch.ones(3)), shift=nn.Parameter(torch.zeros(3))).items():
            setattr(self, key, value)

    def built(self, size):
        return nn.Parameter(torch.ones(size))

    def forward(self, x):
        return x * self.w1 * self.v1 * self.u2 * self.gain + self.shift


# run made_before(x) | x=f32[2,3]
def made_before(x):
    net = MadeBefore()
    return net(x), sorted(name for name, _ in net.named_parameters()), sorted(net.state_dict())
