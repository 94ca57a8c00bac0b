"""Models in `nn.DataParallel`, whose optimizer is made of what the wrapper holds."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 6)
        self.fc = nn.Linear(6, 3)
        with torch.no_grad():
            for k, p in enumerate(self.parameters()):
                p.copy_(torch.sin(torch.arange(p.numel(), dtype=torch.float32) * 0.9 + k).reshape(p.shape) * 0.4)

    def forward(self, x):
        return self.fc(torch.relu(self.body(x)))


# run direct(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own
def direct(x, y):
    model = nn.DataParallel(Net())
    opt = torch.optim.SGD(model.module.parameters(), lr=0.3)
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.module.parameters(), 0.5)
        opt.step()
    return model.module.fc.weight.detach()


# run rewrapped(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own
def rewrapped(x, y):
    model = Net()
    model = nn.DataParallel(model)
    opt = torch.optim.SGD(model.module.parameters(), lr=0.3)
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        model.zero_grad()
        loss.mean().backward()
        opt.step()
    return model.module.fc.weight.detach()


# run part(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own
def part(x, y):
    model = nn.DataParallel(Net())
    opt = torch.optim.SGD(model.module.fc.parameters(), lr=0.3)
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return model.module.fc.weight.detach(), model.module.body.weight.detach()


# run groups(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own
def groups(x, y):
    model = nn.DataParallel(Net())
    opt = torch.optim.SGD(
        [{"params": model.module.body.parameters(), "lr": 0.01}, {"params": model.module.fc.parameters()}], lr=0.3, momentum=0.9
    )
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return model.module.fc.weight.detach(), model.module.body.weight.detach()


# run named(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own
def named(x, y):
    model = nn.DataParallel(Net())
    decay = [p for n, p in model.module.named_parameters() if "bias" not in n]
    rest = [p for n, p in model.module.named_parameters() if "bias" in n]
    opt = torch.optim.AdamW([{"params": decay, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}], lr=0.01)
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return model.module.fc.weight.detach()


class Trainer:
    def __init__(self):
        self.model = nn.DataParallel(Net())
        self.opt = torch.optim.SGD(self.model.module.parameters(), lr=0.3)

    def fit(self, x, y):
        for i in range(3):
            loss = F.cross_entropy(self.model(x), y)
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
        return self.model.module.fc.weight.detach()


# run trainer(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own
def trainer(x, y):
    return Trainer().fit(x, y)


class Holder(nn.Module):
    def __init__(self):
        super().__init__()
        self.module = Net()

    def forward(self, x):
        return self.module(x) * 2


# run own_attribute(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own
def own_attribute(x, y):
    model = Holder()
    opt = torch.optim.SGD(model.module.parameters(), lr=0.3)
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return model.module.fc.weight.detach()
