"""One of several optimizers by a number or key that a loop gives, beside the models that they were made of."""
import torch
import torch.nn as nn
import torch.nn.functional as F


def evenly(module):
    with torch.no_grad():
        for i, p in enumerate(module.parameters()):
            p.copy_(torch.linspace(-0.5, 0.7, p.numel()).view_as(p) * (1 + i % 3))
    return module


def weights_of(models):
    return [p.detach().clone() for m in models for p in m.parameters()]


# run by_number(xs) | xs=f32[5,6,4] | tol=1e-4
def by_number(xs):
    models = [evenly(nn.Linear(4, 2)) for _ in range(3)]
    opts = [torch.optim.Adam(m.parameters(), lr=0.01) for m in models]
    losses = []
    for x in xs:
        for i in range(len(models)):
            opts[i].zero_grad()
            loss = (models[i](x) - i).pow(2).mean()
            loss.backward()
            opts[i].step()
            losses.append(loss.item())
    return losses, weights_of(models)


# run beside_the_model(xs) | xs=f32[5,6,4] | tol=1e-4
def beside_the_model(xs):
    models = [evenly(nn.Linear(4, 2)) for _ in range(3)]
    opts = [torch.optim.SGD(m.parameters(), lr=0.05, momentum=0.9) for m in models]
    scheds = [torch.optim.lr_scheduler.StepLR(o, 2, 0.5) for o in opts]
    for model in models:
        model.train()
    for x in xs:
        for i, model in enumerate(models):
            loss = F.mse_loss(model(x), torch.full((6, 2), float(i)))
            opts[i].zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            opts[i].step()
            scheds[i].step()
    return weights_of(models)


# run by_key(xs) | xs=f32[5,6,4] | tol=1e-4
def by_key(xs):
    models = {"a": evenly(nn.Linear(4, 2)), "b": evenly(nn.Linear(4, 2))}
    opts = {name: torch.optim.Adam(model.parameters(), lr=0.01) for name, model in models.items()}
    losses = {}
    for x in xs:
        for name, net in models.items():
            opts[name].zero_grad()
            loss = net(x).abs().mean()
            loss.backward()
            opts[name].step()
            losses[name] = loss.item()
    return losses, weights_of(models.values())


# run by_own_key(xs) | xs=f32[5,6,4] | tol=1e-4
def by_own_key(xs):
    models = {"a": evenly(nn.Linear(4, 2)), "b": evenly(nn.Linear(4, 2))}
    opts = {name: torch.optim.Adam(model.parameters(), lr=0.01) for name, model in models.items()}
    for x in xs:
        for name in models:
            opts[name].zero_grad()
            loss = models[name](x).pow(2).mean()
            loss.backward()
            opts[name].step()
    return weights_of(models.values())


class Ensemble:
    def __init__(self, count):
        self.members = [evenly(nn.Linear(4, 2)) for _ in range(count)]
        self.optimizers = [torch.optim.Adam(member.parameters(), lr=0.02) for member in self.members]

    def update(self, x, y):
        total = 0.0
        for i in range(len(self.members)):
            loss = F.mse_loss(self.members[i](x), y)
            self.optimizers[i].zero_grad()
            loss.backward()
            self.optimizers[i].step()
            total += loss.item()
        return total


# run of_an_ensemble(xs, ys) | xs=f32[5,6,4] | ys=f32[5,6,2] | tol=1e-4
def of_an_ensemble(xs, ys):
    own = Ensemble(3)
    return [own.update(x, y) for x, y in zip(xs, ys)], weights_of(own.members)


# Mutual learning: what the others gave has a graph of its own.
# run mutual(xs) | xs=f32[3,6,4] | todo
def mutual(xs):
    models = [evenly(nn.Linear(4, 2)) for _ in range(2)]
    opts = [torch.optim.SGD(m.parameters(), lr=0.1) for m in models]
    for x in xs:
        outs = [m(x) for m in models]
        for i in range(2):
            loss = models[i](x).pow(2).mean() + (outs[i] - outs[1 - i].detach()).pow(2).mean()
            opts[i].zero_grad()
            loss.backward()
            opts[i].step()
    return weights_of(models)


# Another order than that of the optimizers.
# run turned_around(xs) | xs=f32[3,6,4] | todo
def turned_around(xs):
    models = [evenly(nn.Linear(4, 2)), evenly(nn.Linear(4, 2))]
    opts = [torch.optim.SGD(m.parameters(), lr=0.1) for m in models]
    models.reverse()
    for x in xs:
        for i in range(2):
            loss = (models[i](x) - i).pow(2).mean()
            opts[i].zero_grad()
            loss.backward()
            opts[i].step()
    return weights_of(models)


# Only some of the models have one.
# run of_some(xs) | xs=f32[3,6,4] | todo
def of_some(xs):
    models = [evenly(nn.Linear(4, 2)), evenly(nn.Conv1d(1, 1, 1)), evenly(nn.Linear(4, 2))]
    opts = [torch.optim.SGD(m.parameters(), lr=0.1) for m in models if isinstance(m, nn.Linear)]
    for x in xs:
        for i in range(2):
            loss = models[2 * i](x).pow(2).mean()
            opts[i].zero_grad()
            loss.backward()
            opts[i].step()
    return weights_of(models)


# The number is another one by then.
# run number_moves(xs) | xs=f32[3,6,4] | todo
def number_moves(xs):
    models = [evenly(nn.Linear(4, 2)), evenly(nn.Linear(4, 2))]
    opts = [torch.optim.SGD(m.parameters(), lr=0.1) for m in models]
    for x in xs:
        for i in range(1):
            loss = models[i](x).pow(2).mean()
            opts[i].zero_grad()
            loss.backward()
            i = i + 1
            opts[i].step()
    return weights_of(models)


# The other model's gradients are left over, and its own step takes them.
# run adds_to_others(xs) | xs=f32[3,6,4] | todo
def adds_to_others(xs):
    models = [evenly(nn.Linear(4, 4)), evenly(nn.Linear(4, 4))]
    opts = [torch.optim.SGD(m.parameters(), lr=0.1) for m in models]
    for x in xs:
        for i in range(2):
            loss = models[i](models[1 - i](x)).pow(2).mean()
            opts[1 - i].zero_grad()
            loss.backward()
            opts[i].step()
    return weights_of(models)
