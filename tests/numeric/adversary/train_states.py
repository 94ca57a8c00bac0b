"""An object of the project's own that holds the model, its optimizer and a count."""
from dataclasses import dataclass
import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass
class TrainState:
    model: nn.Module
    optimizer: torch.optim.Optimizer
    step: int = 0


@dataclass
class OpenState:
    net: object
    opt: object
    losses: list


def slanted(module):
    with torch.no_grad():
        for i, p in enumerate(module.parameters()):
            p.copy_(torch.linspace(-0.5, 0.7, p.numel()).view_as(p) * (1 + i % 3))
    return module


def one_step_of(state: TrainState, x, y):
    state.optimizer.zero_grad()
    loss = F.mse_loss(state.model(x), y)
    loss.backward()
    state.optimizer.step()
    state.step += 1
    return loss.item()


# run by_state(xs, ys) | xs=f32[5,6,4] | ys=f32[5,6,2] | tol=1e-4
def by_state(xs, ys):
    model = slanted(nn.Linear(4, 2))
    state = TrainState(model, torch.optim.Adam(model.parameters(), lr=0.01))
    return [one_step_of(state, x, y) for x, y in zip(xs, ys)], state.step, [p.detach() for p in model.parameters()]


# run by_open_state(xs, ys) | xs=f32[5,6,4] | ys=f32[5,6,2] | tol=1e-4
def by_open_state(xs, ys):
    net = slanted(nn.Linear(4, 2))
    state = OpenState(net=net, opt=torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9), losses=[])
    for x, y in zip(xs, ys):
        loss = F.mse_loss(state.net(x), y)
        state.opt.zero_grad()
        loss.backward()
        state.opt.step()
        state.losses.append(loss.item())
    return state.losses, [p.detach() for p in net.parameters()]


# The optimizer trains a part of the model alone.
# run part_in_state(xs, ys) | xs=f32[5,6,4] | ys=f32[5,6,2] | tol=1e-4
def part_in_state(xs, ys):
    model = slanted(nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2)))
    state = TrainState(model, torch.optim.Adam(model[2].parameters(), lr=0.01))
    return [one_step_of(state, x, y) for x, y in zip(xs, ys)], [p.detach() for p in model.parameters()]


# run part_by_name(xs, ys) | xs=f32[5,6,4] | ys=f32[5,6,2] | tol=1e-4
def part_by_name(xs, ys):
    net = slanted(nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2)))
    opt = torch.optim.Adam(net[2].parameters(), lr=0.01)
    state = OpenState(net, opt, [])
    for x, y in zip(xs, ys):
        loss = F.mse_loss(state.net(x), y)
        state.opt.zero_grad()
        loss.backward()
        state.opt.step()
    return [p.detach() for p in net.parameters()]


# Which of both it trains, only the caller knows.
# run two_models_in_state(xs) | xs=f32[3,6,4] | todo
@dataclass
class PairState:
    model: object
    other: object
    optimizer: object


def two_models_in_state(xs):
    model, other = slanted(nn.Linear(4, 4)), slanted(nn.Linear(4, 4))
    state = PairState(model, other, torch.optim.SGD(list(model.parameters()) + list(other.parameters()), lr=0.1))
    for x in xs:
        loss = state.other(state.model(x)).pow(2).mean()
        state.optimizer.zero_grad()
        loss.backward()
        state.optimizer.step()
    return [p.detach() for m in (model, other) for p in m.parameters()]
