"""Layers that are put into a model behind its optimizer, in whatever way: PyTorch does not train them. And those that it does train."""

import copy

import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, n=4, k=3):
        super().__init__()
        self.feat = nn.Linear(n, 6, bias=False)
        self.fc = nn.Linear(6, k)

    def reset_classifier(self, k):
        self.fc = make_head(k)

    def forward(self, x):
        return self.fc(torch.relu(self.feat(x)))


def fill(module, scale=0.4):
    with torch.no_grad():
        for k, p in enumerate(module.parameters()):
            p.copy_(torch.sin(torch.arange(p.numel(), dtype=torch.float32) * 0.9 + k).reshape(p.shape) * scale)
    return module


def first_values(module):
    nn.init.constant_(module.weight, 0.1)
    nn.init.zeros_(module.bias)


def make_head(k):
    head = nn.Linear(6, k)
    first_values(head)
    return head


def make_optimizer(model, lr=0.5):
    return torch.optim.SGD(model.parameters(), lr=lr)


def replace(net):
    net.fc = make_head(3)


def replaced(net):
    net.fc = make_head(3)
    return net


def describe(net):
    return net


# run helper(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
def helper(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    model.fc = make_head(3)
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run moved(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
def moved(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    model.fc = make_head(3).to('cpu')
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run head_applied(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
def head_applied(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    model.fc = nn.Linear(6, 3).apply(first_values)
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run named(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
def named(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    new = nn.Linear(6, 3)
    first_values(new)
    model.fc = new
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run listed(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
def listed(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    layers = [nn.ReLU()]
    layers.append(make_head(3))
    model.fc = nn.Sequential(*layers)
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run by_setattr(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
def by_setattr(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    setattr(model, 'fc', make_head(3))
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run by_modules(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
def by_modules(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    model._modules['fc'] = make_head(3)
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run added(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
def added(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    model.add_module('fc', make_head(3))
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run method(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
def method(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    model.reset_classifier(3)
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run function(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
def function(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    replace(model)
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run given_back(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
def given_back(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    model = replaced(model)
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run condition(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
def condition(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    if y.max() > 0:
        model.fc = make_head(3)
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run copied(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
def copied(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    model.fc = copy.deepcopy(model.fc)
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run other(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
def other(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    model.fc = Net().fc
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run normed(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
def normed(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    model.fc = nn.utils.weight_norm(model.fc)
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run by_children(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
def by_children(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    for n, m in model.named_children():
        if isinstance(m, nn.Linear) and n == 'fc':
            setattr(model, n, make_head(3))
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run dunder(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
def dunder(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    for n in ['fc']:
        model.__setattr__(n, make_head(3))
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run folds(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
def folds(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    for fold in range(2):
        model = fill(Net(), 0.3)
        for i in range(3):
            loss = F.cross_entropy(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
    return model(x)


# run trainer(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
class Trainer:
    def __init__(self, model):
        self.model = model
        self.opt = torch.optim.SGD(self.model.parameters(), lr=0.5)

    def set_head(self, k):
        self.model.fc = make_head(k)

    def run(self, x, y):
        for i in range(3):
            loss = F.cross_entropy(self.model(x), y)
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
        return self.model.fc.weight.detach()


def trainer(x, y):
    t = Trainer(fill(Net()))
    t.set_head(3)
    return t.run(x, y)


# run copier(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
class Copier:
    def __init__(self, model):
        self.model = model
        self.opt = torch.optim.SGD(self.model.parameters(), lr=0.5)

    def renew(self):
        self.model = copy.deepcopy(self.model)

    def run(self, x, y):
        for i in range(3):
            loss = F.cross_entropy(self.model(x), y)
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
        return self.model.fc.weight.detach()


def copier(x, y):
    t = Copier(fill(Net()))
    t.renew()
    return t.run(x, y)


# run before(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own
def before(x, y):
    model = fill(Net())
    model.reset_classifier(3)
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run anew(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own
def anew(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    model.fc = make_head(3)
    opt = make_optimizer(model)
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run stateless(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own
def stateless(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    model.act = nn.Identity()
    model = describe(model)
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run its_own(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own
def its_own(x, y):
    model, new = fill(Net()), make_head(3)
    new.requires_grad_(True)
    opt = torch.optim.SGD(list(model.feat.parameters()) + list(new.parameters()), lr=0.5)
    model.fc = new
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run group(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own
def group(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.feat.parameters(), lr=0.5)
    model.fc = make_head(3)
    opt.add_param_group({'params': model.fc.parameters()})
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run next_model(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own
def next_model(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    first = model(x)
    model = fill(Net(), 0.3)
    opt = make_optimizer(model)
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run put_back(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own
def put_back(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    old = model.fc
    model.fc = nn.Identity()
    feats = model(x)
    model.fc = old
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return [p.detach() for p in model.parameters()]


# run evaluated(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own
def evaluated(x, y):
    model = fill(Net())
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    best = copy.deepcopy(model)
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        best = copy.deepcopy(model)
    state = {k: v.clone() for k, v in best.state_dict().items()}
    model = Net().to("cpu")
    model.load_state_dict(state)
    return model(x)


# run folds_anew(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own
def folds_anew(x, y):
    outs = []
    for fold in range(2):
        model = fill(Net(), 0.3)
        opt = make_optimizer(model)
        for i in range(2):
            loss = F.cross_entropy(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        outs.append(model(x).detach())
    return outs
