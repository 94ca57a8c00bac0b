"""Members by names that the text seems to tell, and that callers, lists or subclasses decide."""
import torch
import torch.nn as nn


def names(model: nn.Module):
    return list(model.state_dict())


class Attn(nn.Module):
    def __init__(self):
        super().__init__()
        self.keys = nn.Linear(3, 3)
        self.fc = nn.Linear(3, 3)
        self.layer0 = nn.Linear(3, 3)

    def forward(self, x):
        return self.layer0(self.fc(self.keys(x)))

    def by_default(self, x, name=None):
        if name is None:
            name = "fc"
        return getattr(self, name)(x)

    def by_percent(self, x, kind):
        name = "%s" % kind
        return getattr(self, name)(x)

    def by_format(self, x, kind):
        name = "{}".format(kind)
        return getattr(self, name)(x)

    def by_list(self, x, kinds):
        names = []
        for kind in kinds:
            names.append(kind)
        for name in names:
            x = getattr(self, name)(x)
        return x

    def by_default_list(self, x, names=None):
        if names is None:
            names = ["fc"]
        for name in names:
            x = getattr(self, name)(x)
        return x

    def bound_again(self, x, other):
        for name in ("fc", "layer0"):
            name = other or name
            x = getattr(self, name)(x)
        return x

    def counted(self, x, n):
        for name in ["layer%d" % i for i in range(n)]:
            x = getattr(self, name)(x)
        return x


# run m = Attn(); (m.by_default(x, "keys"), m.by_default(x), m.by_percent(x, "keys"), m.by_format(x, "keys")) | model=m | x=f32[2,3]
# run m = Attn(); (m.by_list(x, ["keys", "fc"]), m.by_default_list(x, ["keys"]), m.by_default_list(x), m.bound_again(x, "keys"), m.counted(x, 1)) | model=m | x=f32[2,3]


# run m = shrunk(Attn(), ["keys"]); (m(x), names(m)) | model=m | x=f32[2,3]
def shrunk(model: Attn, kinds):
    for kind in kinds:
        setattr(model, "%s" % kind, nn.Linear(3, 3, bias=False))
    return model


# run m = shrunk_by_list(Attn(), ["keys"]); (m(x), names(m)) | model=m | x=f32[2,3]
def shrunk_by_list(model: Attn, kinds):
    names = []
    for kind in kinds:
        names.append(kind)
    for name in names:
        setattr(model, name, nn.Linear(3, 3, bias=False))
    return model


# run m = shrunk_by_default(Attn(), "keys"); (m(x), names(m)) | model=m | x=f32[2,3]
def shrunk_by_default(model: Attn, name=None):
    if name is None:
        name = "fc"
    setattr(model, name, nn.Linear(3, 3, bias=False))
    return model


# run asked(Attn(), "keys"), asked(Attn(), "items"), asked(Attn())
def asked(model: Attn, name=None):
    if name is None:
        name = "fc"
    return hasattr(model, name), getattr(model, name, None) is None


class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.names = ["fc"]
        self.keys = nn.Linear(3, 3)
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        for name in self.names:
            x = getattr(self, name)(x)
        return x


# run m = NamedBelow(); m(x) | model=m | x=f32[2,3]
class NamedBelow(Named):
    def __init__(self):
        super().__init__()
        self.names = ["fc", "keys"]


# run m = NamedMore(["keys"]); m(x) | model=m | x=f32[2,3]
class NamedMore(nn.Module):
    def __init__(self, more):
        super().__init__()
        self.names = ["fc"]
        self.names += more
        self.keys = nn.Linear(3, 3)
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        for name in self.names:
            x = getattr(self, name)(x)
        return x


class TakesIn(nn.Module):
    def __init__(self, kinds):
        super().__init__()
        for kind in kinds:
            self.add_module(kind, nn.Linear(3, 3))


# run m = TakenBelow(["keys", "fc"]); m(x, ["keys", "fc"]) | model=m | x=f32[2,3]
class TakenBelow(TakesIn):
    def forward(self, x, kinds):
        for kind in kinds:
            x = getattr(self, kind)(x)
        return x


# run m = TakenByKeyword(["keys", "fc"]); m(x, ["keys", "fc"]) | model=m | x=f32[2,3]
class TakenByKeyword(nn.Module):
    def __init__(self, kinds):
        super().__init__()
        for kind in kinds:
            self.add_module(name=kind, module=nn.Linear(3, 3))

    def forward(self, x, kinds):
        for kind in kinds:
            x = getattr(self, kind)(x)
        return x


# run m = TakenByDict(["keys", "fc"]); m(x, ["keys", "fc"]) | model=m | x=f32[2,3]
class TakenByDict(nn.Module):
    def __init__(self, kinds):
        super().__init__()
        for kind in kinds:
            self._modules[kind] = nn.Linear(3, 3)

    def forward(self, x, kinds):
        for kind in kinds:
            x = getattr(self, kind)(x)
        return x
