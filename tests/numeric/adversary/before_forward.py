# Calls in front of a step's forward pass: what they change of weights and freezing counts in this step; what they compute for the loss carries its gradients.
import copy

import torch
from torch import nn, optim
from torch.nn import functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(4, 8)
        self.fc2 = nn.Linear(8, 3)
        with torch.no_grad():
            for k, p in enumerate(self.parameters()):
                p.copy_(torch.sin(torch.arange(p.numel(), dtype=torch.float32) * 0.9 + k).reshape(p.shape) * 0.3)

    def forward(self, x):
        return self.fc2(torch.tanh(self.fc1(x)))

    def refill_head(self):
        nn.init.constant_(self.fc2.weight, 0.1)

    def encode(self, x):
        self.code = torch.tanh(self.fc1(x))

    def decode(self):
        return self.fc2(self.code)


class Fill:
    def before(self, model, i):
        if i == 2:
            with torch.no_grad():
                model.fc2.weight.fill_(0.1)


class Freeze:
    def before(self, model, i):
        model.fc1.requires_grad_(i not in (1, 2))


class Callbacks:
    def __init__(self, *callbacks):
        self.callbacks = callbacks

    def before(self, model, i):
        for callback in self.callbacks:
            callback.before(model, i)


# run of_callbacks(x, y) | x=f32[20,4] | y=i64[20] < 3 | tol=1e-4
def of_callbacks(x, y):
    model = Net()
    opt = optim.SGD(model.parameters(), 0.1, momentum=0.9)
    callbacks = Callbacks(Fill(), Freeze())
    history = []
    for i in range(4):
        callbacks.before(model, i)
        opt.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        opt.step()
        history.append(loss.item())
    return history, model


# run of_a_loop(x, y) | x=f32[20,4] | y=i64[20] < 3 | tol=1e-4
def of_a_loop(x, y):
    model = Net()
    opt = optim.SGD(model.parameters(), 0.1, momentum=0.9)
    history = []
    for i in range(4):
        opt.zero_grad()
        for callback in [Fill(), Freeze()]:
            callback.before(model, i)
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        opt.step()
        history.append(loss.item())
    return history, model


def fit(model, opt, x, y, before):
    history = []
    for i in range(4):
        opt.zero_grad()
        before(model, i)
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        opt.step()
        history.append(loss.item())
    return history


# run of_a_function(x, y) | x=f32[20,4] | y=i64[20] < 3 | tol=1e-4
def of_a_function(x, y):
    def before(m, i):
        if i == 2:
            m.refill_head()
    model = Net()
    return fit(model, optim.SGD(model.parameters(), 0.1, momentum=0.9), x, y, before), model


# run of_the_model(x, y) | x=f32[20,4] | y=i64[20] < 3 | tol=1e-4
def of_the_model(x, y):
    model = Net()
    opt = optim.SGD(model.parameters(), 0.1, momentum=0.9)
    history = []
    for i in range(4):
        opt.zero_grad()
        if i == 2:
            model.refill_head()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        opt.step()
        history.append(loss.item())
    return history, model


class Resetting:
    def __init__(self, model):
        self.model = model
        self.first = copy.deepcopy(model.state_dict())
        self.opt = optim.SGD(self.model.parameters(), 0.5, momentum=0.9)
        self.turn = 0

    def maybe_reset(self):
        self.turn += 1
        if self.turn == 3:
            self.model.load_state_dict(self.first)

    def step(self, x, y):
        self.opt.zero_grad()
        self.maybe_reset()
        loss = F.cross_entropy(self.model(x), y)
        loss.backward()
        self.opt.step()
        return loss.item()


# run of_a_trainer(x, y) | x=f32[20,4] | y=i64[20] < 3 | tol=1e-4
def of_a_trainer(x, y):
    trainer = Resetting(Net())
    return [trainer.step(x, y) for _ in range(5)], trainer.model


class Toggling:
    def __init__(self, model, opt):
        self.model, self.opt = model, opt

    def toggle(self, flag):
        self.model.fc1.requires_grad_(flag)

    def run(self, x, y):
        history = []
        for e in range(6):
            if e in (2, 4):
                self.toggle(e == 4)
            loss = F.cross_entropy(self.model(x), y)
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
            history.append(loss.item())
        return history


# run under_a_condition(x, y) | x=f32[20,4] | y=i64[20] < 3 | tol=1e-4
def under_a_condition(x, y):
    model = Net()
    return Toggling(model, optim.SGD(model.parameters(), lr=0.05, momentum=0.9)).run(x, y), model


class Keeping:
    """What `forward` keeps is what the loss is made of."""
    def __init__(self, model):
        self.model = model
        self.opt = optim.SGD(self.model.parameters(), 0.1)
        self.extra = []

    def forward(self):
        self.out = self.model(self.x)
        self.remember(self.model.fc1.weight.pow(2).sum())

    def remember(self, value):
        self.extra.append(value)

    def step(self, x, y):
        self.x = x
        self.extra = []
        self.forward()
        self.opt.zero_grad()
        loss = F.cross_entropy(self.out, y) + 0.1 * self.extra[0]
        loss.backward()
        self.opt.step()
        return loss.item()


# run kept_by_the_trainer(x, y) | x=f32[20,4] | y=i64[20] < 3 | tol=1e-4
def kept_by_the_trainer(x, y):
    trainer = Keeping(Net())
    return [trainer.step(x, y) for _ in range(3)], trainer.model


# run kept_by_the_model(x, y) | x=f32[20,4] | y=i64[20] < 3 | tol=1e-4
def kept_by_the_model(x, y):
    model = Net()
    opt = optim.SGD(model.parameters(), 0.1)
    history = []
    for _ in range(3):
        opt.zero_grad()
        model.encode(x)
        loss = F.cross_entropy(model.decode(), y)
        loss.backward()
        opt.step()
        history.append(loss.item())
    return history, model


class Features:
    def __init__(self):
        self.found = {}

    def compute(self, model, x):
        hidden = torch.tanh(model.fc1(x))
        self.found["hidden"] = hidden

    def loss(self):
        return self.found["hidden"].pow(2).mean()


# run kept_by_another(x, y) | x=f32[20,4] | y=i64[20] < 3 | tol=1e-4
def kept_by_another(x, y):
    model, features = Net(), Features()
    opt = optim.SGD(model.parameters(), 0.1)
    history = []
    for _ in range(3):
        opt.zero_grad()
        features.compute(model, x)
        loss = F.cross_entropy(model(x), y) + features.loss()
        loss.backward()
        opt.step()
        history.append(loss.item())
    return history, model


# run kept_in_a_list(x, y) | x=f32[20,4] | y=i64[20] < 3 | tol=1e-4
def kept_in_a_list(x, y):
    model = Net()
    opt = optim.SGD(model.parameters(), 0.1)
    history = []
    for _ in range(3):
        opt.zero_grad()
        losses = []
        for p in model.parameters():
            losses.append(p.pow(2).sum())
        losses.append(F.cross_entropy(model(x), y))
        loss = sum(losses)
        loss.backward()
        opt.step()
        history.append(loss.item())
    return history, model


def add_outputs(model, x, out):
    for layer in [model]:
        out.append(layer(x))


# run kept_in_an_argument(x, y) | x=f32[20,4] | y=i64[20] < 3 | tol=1e-4
def kept_in_an_argument(x, y):
    model = Net()
    opt = optim.SGD(model.parameters(), 0.1)
    history = []
    for _ in range(3):
        opt.zero_grad()
        out = []
        add_outputs(model, x, out)
        loss = F.cross_entropy(out[0], y)
        loss.backward()
        opt.step()
        history.append(loss.item())
    return history, model
