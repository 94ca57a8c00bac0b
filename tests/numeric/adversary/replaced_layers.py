"""Layers that take the places of others with their weights, parts that a class gets later by name, and reads of `requires_grad` of what nobody says the kind of."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 4, 1)
        self.fc = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        return self.head(torch.relu(self.fc(self.conv(x[..., None]).squeeze(-1))))


def names(m):
    return [n for n, p in m.named_parameters() if p.requires_grad], list(m.state_dict())


# run m = Net(); report(m) | model=m
def report(model):
    print("fc trainable:", model.fc.weight.requires_grad)
    if model.fc.weight.requires_grad:
        print("training the fc")
    return 1


# run m = Net(); report2(m) | model=m
def report2(model):
    for name, p in model.named_parameters():
        print(name, p.requires_grad, p.shape)
    for layer in (model.fc, model.head):
        print(layer.weight.requires_grad)
    total = sum(p.numel() for p in model.parameters())
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    print(f"{trainable}/{total}", model.head.bias.requires_grad)
    return total, trainable


# run m = Net(); frozen(m) | model=m
def frozen(model):
    model.fc.weight.requires_grad = False
    assert not model.fc.weight.requires_grad
    assert model.head.weight.requires_grad
    return names(model)


# run m = Net(); status(m) | model=m
def status(model):
    status = "trainable" if model.fc.weight.requires_grad else "frozen"
    return f"fc: {status}"


class Wrapped(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer
        self.gain = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.layer(x) * self.gain


class MyLinear(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(o, i))
        self.bias = nn.Parameter(torch.zeros(o))

    def forward(self, x):
        return F.linear(x, self.weight, self.bias) * 2


class LoRA(nn.Linear):
    def __init__(self, i, o, r=2, **kw):
        super().__init__(i, o, **kw)
        self.lora_a = nn.Parameter(torch.full((r, i), 0.1))
        self.lora_b = nn.Parameter(torch.full((o, r), 0.2))
        self.weight.requires_grad = False

    def forward(self, x):
        return super().forward(x) + x @ self.lora_a.T @ self.lora_b.T


# run m = of_data(Net()); (m(x), names(m)) | model=m | x=f32[5,3]
def of_data(model):
    old = model.fc
    new = MyLinear(old.in_features, old.out_features)
    new.weight.data = old.weight.data
    new.bias.data = old.bias.data
    model.fc = new
    return model


# run m = of_subclass(Net()); (m(x), names(m)) | model=m | x=f32[5,3]
def of_subclass(model):
    for name, child in model.named_children():
        if isinstance(child, nn.Linear):
            new = LoRA(child.in_features, child.out_features)
            new.weight = child.weight
            new.bias = child.bias
            setattr(model, name, new)
    return model


# run m = copied(Net()); (m(x), names(m)) | model=m | x=f32[5,3]
def copied(model):
    for name, child in model.named_children():
        if isinstance(child, nn.Linear):
            new = nn.Linear(child.in_features, child.out_features, bias=child.bias is not None)
            new.weight.data.copy_(child.weight.data)
            if child.bias is not None:
                new.bias.data.copy_(child.bias.data)
            setattr(model, name, new)
    return model


# run m = of_attribute(Net()); (m(x), names(m)) | model=m | x=f32[5,3]
def of_attribute(model):
    old = model.conv
    new = nn.Conv1d(old.in_channels, old.out_channels, 1, bias=False)
    new.weight = old.weight
    model.conv = new
    return model


# run m = of_clone(Net()); (m(x), names(m)) | model=m | x=f32[5,3]
def of_clone(model):
    head = nn.Linear(4, 2)
    head.weight = nn.Parameter(model.head.weight.clone())
    head.bias.data = model.head.bias.data.clone()
    model.head = head
    return model


# run m = by_state(Net()); (m(x), names(m)) | model=m | x=f32[5,3]
def by_state(module):
    for name, child in list(module.named_children()):
        if isinstance(child, nn.Linear):
            new = LoRA(child.in_features, child.out_features)
            new.load_state_dict(child.state_dict(), strict=False)
            setattr(module, name, new)
        else:
            by_state(child)
    return module


class Late(nn.Module):
    def __init__(self):
        super().__init__()
        self.target = None
        self.extra = None
        self.fc = nn.Linear(3, 3)

    def place(self, key, value):
        setattr(self, key, value)

    def forward(self, x):
        x = self.fc(x)
        if self.target is not None:
            x = self.target(x)
        if self.extra is not None:
            x = x + self.extra
        return x


# run m = late(Late()); (m(x), names(m), count(m)) | model=m | x=f32[5,3]
def late(m):
    m.place("target", nn.Linear(3, 3))
    m.place("extra", nn.Parameter(torch.ones(3)))
    return m


def count(m):
    return sum(p.numel() for p in m.target.parameters()), len(list(m.parameters()))


# run m = late2(Late()); (m(x), names(m), count(m)) | model=m | x=f32[5,3] | todo
def late2(m):
    for k, v in {"target": nn.Linear(3, 3), "extra": torch.ones(3)}.items():
        m.place(k, v)
    return m


class Teacher(nn.Module):
    def __init__(self, student):
        super().__init__()
        self.student = student
        self.target = None

    def make(self):
        import copy
        self.target = copy.deepcopy(self.student)
        for p in self.target.parameters():
            p.requires_grad = False

    def follow(self, tau):
        with torch.no_grad():
            for p, t in zip(self.student.parameters(), self.target.parameters()):
                t.mul_(1 - tau).add_(tau * p)

    def forward(self, x):
        return self.target(x)


# run m = teach(Teacher(Net())); (m(x), names(m)) | model=m | x=f32[5,3]
def teach(m: Teacher):
    m.make()
    m.follow(0.3)
    return m


# run m = of_modules(Net(), True); (m(x), names(m)) | model=m | x=f32[5,3]
# run m = of_modules(Net(), False); (m(x), names(m)) | model=m | x=f32[5,3]
def of_modules(model, freeze):
    for p in model.parameters():
        p.requires_grad = not freeze
    for name, child in model.named_children():
        if isinstance(child, nn.Linear):
            new = LoRA(child.in_features, child.out_features)
            new.weight = child.weight
            if child.bias is not None:
                new.bias = child.bias
            model._modules[name] = new
    return model


# run m = of_walk(Net()); (m(x), names(m)) | model=m | x=f32[5,3]
def of_walk(model):
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear):
            parent = model.get_submodule(".".join(name.split(".")[:-1]))
            new = nn.Linear(module.in_features, module.out_features, bias=False)
            new.weight = module.weight
            setattr(parent, name.split(".")[-1], new)
    return model


# run m = beside(Net()); (m(x), names(m)) | model=m | x=f32[5,3] | todo
def beside(model):
    """both stay"""
    old = model.fc
    new = nn.Linear(4, 4)
    new.weight = old.weight
    model.other = new
    return model
