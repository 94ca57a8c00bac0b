"""`new.weight = old.weight` of a layer that takes the place of another one: who else keeps the old one, and what it was tied to."""
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(4, 4)
        self.head = nn.Linear(4, 4, bias=False)

    def forward(self, x):
        return self.head(x) + self.emb.weight.sum()


class Tied(Net):
    def __init__(self):
        super().__init__()
        self.head.weight = self.emb.weight


class Read(Net):
    def __init__(self):
        super().__init__()
        self.emb.weight = self.head.weight


def trained(m: nn.Module, x):
    for i, p in enumerate(m.parameters()):
        p.data.fill_(0.1 * (i + 1))
    opt = torch.optim.SGD(m.parameters(), lr=0.01)
    for _ in range(3):
        loss = m(x).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    return m(x), len(list(m.parameters())), list(m.state_dict())


# run trained(replaced(Tied()), x) | x=f32[2,4] | tol=1e-4
# run trained(replaced(Read()), x) | x=f32[2,4] | tol=1e-4
# run trained(replaced(Net()), x) | x=f32[2,4] | tol=1e-4
def replaced(model: Net):
    old = model.head
    new = nn.Linear(4, 4, bias=False)
    new.weight = old.weight
    model.head = new
    return model


class Outer(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.inner = Net()

    def forward(self, x):
        return self.inner(self.first(x))


# run trained(walked(Outer()), x) | x=f32[2,4] | tol=1e-4
def walked(model):
    for name, child in model.named_children():
        if isinstance(child, nn.Linear):
            new = nn.Linear(child.in_features, child.out_features)
            new.weight = child.weight
            setattr(model, name, new)
        else:
            walked(child)
    return model


# run kept(Net()) | todo
def kept(model: Net):
    old = model.head
    model.base = old
    new = nn.Linear(4, 4, bias=False)
    new.weight = old.weight
    model.head = new
    return model


class Around(nn.Module):
    def __init__(self, base):
        super().__init__()
        self.base = base

    def forward(self, x):
        return self.base(x) + x @ self.weight.T


# run wrapped(nn.Sequential(nn.Linear(4, 4))) | todo
def wrapped(model):
    for name, old in model.named_children():
        if isinstance(old, nn.Linear):
            new = Around(old)
            new.weight = old.weight
            setattr(model, name, new)
    return model


# run shadowed(nn.Sequential(nn.Linear(4, 4))) | todo
def shadowed(model):
    for name, old in list(model.named_modules()):
        if isinstance(old, nn.Linear):
            new = nn.Linear(4, 4)
            new.weight = old.weight
            setattr(old, "shadow", new)
    return model


# run put_in_one_branch(Net(), True) | todo
def put_in_one_branch(model: Net, keep):
    old = model.head
    new = nn.Linear(4, 4, bias=False)
    new.weight = old.weight
    if not keep:
        model.head = new
    else:
        model.extra = new
    return model


# run left_before_the_put(Net(), True) | todo
def left_before_the_put(model: Net, keep):
    new = nn.Linear(4, 4, bias=False)
    new.weight = model.head.weight
    if keep:
        model.extra = new
        return model
    model.head = new
    return model


# run kept_by_its_place(Net()) | todo
def kept_by_its_place(model: Net):
    model.base = model.head
    new = nn.Linear(4, 4, bias=False)
    new.weight = model.head.weight
    model.head = new
    return model
