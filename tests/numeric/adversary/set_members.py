"""Layers that are put in the place of others, or taken in, by names that the run finds: among them such as MLX's modules have for themselves."""
from functools import reduce

import torch
import torch.nn as nn


class Low(nn.Module):
    def __init__(self, base, r=2):
        super().__init__()
        self.base = base
        for p in self.base.parameters():
            p.requires_grad = False
        self.A = nn.Parameter(torch.full((r, base.in_features), 0.1))
        self.B = nn.Parameter(torch.full((base.out_features, r), 0.2))

    def forward(self, x):
        return self.base(x) + x @ self.A.T @ self.B.T


class Attn(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.query = nn.Linear(d, d)
        self.keys = nn.Linear(d, d)
        self.values = nn.Linear(d, d)
        self.copy = nn.Linear(d, d)

    def forward(self, x):
        a = torch.softmax(self.query(x) @ self.keys(x).transpose(-1, -2), -1)
        return self.copy(a @ self.values(x))


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.attn = Attn(d)
        self.items = nn.ModuleList([nn.Linear(d, d), nn.Linear(d, d)])
        self.update = nn.Sequential(nn.Linear(d, d), nn.ReLU(), nn.Linear(d, d))
        self.norm = nn.BatchNorm1d(d)
        self.pop = nn.LayerNorm(d)

    def forward(self, x):
        x = self.attn(x)
        for l in self.items:
            x = x + l(x)
        return self.norm(self.pop(self.update(x)))


def info(model):
    return [n for n, _ in model.named_parameters()], [n for n, p in model.named_parameters() if p.requires_grad], list(model.state_dict())


# run m = inject(Net()); (m(x), info(m)) | model=m | x=f32[3,4] | tol=1e-4
def inject(model):
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.Linear):
            parent_name, _, child = name.rpartition(".")
            parent = model.get_submodule(parent_name) if parent_name else model
            setattr(parent, child, Low(module))
    return model


# run m = inject_open(Net()); (m(x), info(m)) | model=m | x=f32[3,4] | tol=1e-4
def inject_open(model, targets=("keys", "values", "copy")):
    for name, module in model.named_modules():
        for t in targets:
            if name.endswith(t) and isinstance(module, nn.Linear):
                tokens = name.split(".")
                parent = model
                for tok in tokens[:-1]:
                    parent = getattr(parent, tok)
                setattr(parent, tokens[-1], Low(module))
    return model


# run m = replace_layers(Net(), nn.LayerNorm, nn.Identity()); (m(x), info(m)) | model=m | x=f32[3,4] | tol=1e-4
def replace_layers(model, old, new):
    for n, module in model.named_children():
        if len(list(module.children())) > 0:
            replace_layers(module, old, new)
        if isinstance(module, old):
            setattr(model, n, new)
    return model


def rsetattr(obj, attr, val):
    pre, _, post = attr.rpartition(".")
    return setattr(rgetattr(obj, pre) if pre else obj, post, val)


def rgetattr(obj, attr, *args):
    def _getattr(obj, attr):
        return getattr(obj, attr, *args)
    return reduce(_getattr, [obj] + attr.split("."))


# run m = by_rsetattr(Net()); (m(x), info(m)) | model=m | x=f32[3,4] | tol=1e-4
def by_rsetattr(model):
    rsetattr(model, "attn.keys", nn.Linear(4, 4, bias=False))
    rsetattr(model, "update.0", nn.Linear(4, 4, bias=False))
    rsetattr(model, "items.1", nn.Identity())
    rsetattr(model, "pop", nn.Identity())
    return model


def get_layer(model, name):
    for n in name.split("."):
        model = getattr(model, n)
    return model


def set_layer(model, name, layer):
    try:
        attrs, name = name.rsplit(".", 1)
        model = get_layer(model, attrs)
    except ValueError:
        pass
    setattr(model, name, layer)


# run m = by_set_layer(Net()); (m(x), info(m)) | model=m | x=f32[3,4] | tol=1e-4
def by_set_layer(model):
    for name, layer in list(model.named_modules()):
        if isinstance(layer, nn.Linear):
            set_layer(model, name, Low(layer))
    return model


# run m = by_modules_dict(Net()); (m(x), info(m)) | model=m | x=f32[3,4] | tol=1e-4
def by_modules_dict(model):
    for name, child in model._modules.items():
        if isinstance(child, nn.LayerNorm):
            model._modules[name] = nn.Identity()
        elif isinstance(child, nn.Sequential):
            for k in child._modules:
                if isinstance(child._modules[k], nn.Linear):
                    child._modules[k] = Low(child._modules[k])
    return model


# run m = by_setattr_tuple(Net()); (m(x), info(m)) | model=m | x=f32[3,4] | tol=1e-4
def by_setattr_tuple(model):
    for module in model.modules():
        for name, child in module.named_children():
            if type(child) is nn.BatchNorm1d:
                setattr(module, name, nn.LayerNorm(4, elementwise_affine=False))
            elif name == "values":
                setattr(module, name, nn.Linear(4, 4, bias=False))
    return model


def _get_submodules(model, key):
    parent = model.get_submodule(".".join(key.split(".")[:-1]))
    target_name = key.split(".")[-1]
    target = model.get_submodule(key)
    return parent, target, target_name


def _replace_module(parent, child_name, new_module, child):
    setattr(parent, child_name, new_module)


# run m = peft(Net()); (m(x), info(m)) | model=m | x=f32[3,4] | tol=1e-4
def peft(model):
    key_list = [key for key, _ in model.named_modules()]
    for key in key_list:
        if not any(key.endswith(t) for t in ["query", "keys", "0", "update.2"]):
            continue
        parent, target, target_name = _get_submodules(model, key)
        _replace_module(parent, target_name, Low(target), target)
    return model


class Holder(nn.Module):
    def __init__(self, names=("items", "keys", "dot", "parameters_", "layer1")):
        super().__init__()
        self.names = names
        for n in names:
            setattr(self, n, nn.Linear(4, 4))

    def forward(self, x):
        for n in self.names:
            x = x + getattr(self, n)(x)
        return x


# run m = Holder(); (m(x), info(m)) | model=m | x=f32[3,4] | tol=1e-4
# run m = Holder(("update", "pop", "get", "a.b".replace(".", "_"))); (m(x), info(m)) | model=m | x=f32[3,4] | tol=1e-4


class Branches(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.order = []
        for key, width in cfg.items():
            self.add_module(key, nn.Linear(4, width))
            self.order.append(key)
        for key in list(cfg):
            setattr(self, f"{key}_norm", nn.LayerNorm(cfg[key]))

    def forward(self, x):
        return torch.cat([getattr(self, f"{k}_norm")(getattr(self, k)(x)) for k in self.order], 1)


# run m = Branches({"keys": 2, "values": 3, "items": 4}); (m(x), info(m)) | model=m | x=f32[3,4] | tol=1e-4
# run m = Branches({"0": 2, "1": 3, "h": 4}); (m(x), info(m)) | model=m | x=f32[3,4] | tol=1e-4


class Mixed(nn.Module):
    def __init__(self, parts):
        super().__init__()
        for name, part in parts:
            setattr(self, name, part)

    def forward(self, x):
        for _, child in self.named_children():
            x = child(x)
        return x


# run m = Mixed([("items", nn.Linear(4, 4)), ("x.y".split(".")[0], nn.Linear(4, 3)), ("pop", nn.ReLU())]); (m(x), info(m)) | model=m | x=f32[3,4] | tol=1e-4


# run m = deleted(Net()); (m(x), info(m)) | model=m | x=f32[3,4] | tol=1e-4
def deleted(model):
    for name in ["copy", "keys"]:
        delattr(model.attn, name)
        setattr(model.attn, name, nn.Linear(4, 4, bias=False))
    return model


# run m = swap(Net()); (m(x), info(m)) | model=m | x=f32[3,4] | tol=1e-4
def swap(model, mapping={nn.BatchNorm1d: lambda m: nn.LayerNorm(m.num_features), nn.LayerNorm: lambda m: nn.Identity()}):
    for name, child in reversed(list(model._modules.items())):
        if len(list(child.children())):
            swap(child, mapping)
        if type(child) in mapping:
            setattr(model, name, mapping[type(child)](child))
    return model
