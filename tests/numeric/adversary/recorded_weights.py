"""What a program records of weights while it trains, and what two modules or optimizers share: PyTorch's change on, MLX's stay."""
import torch
import torch.nn as nn


def steps(model, optimizer, x, n=2):
    for _ in range(n):
        optimizer.zero_grad()
        loss = model(x).pow(2).mean()
        loss.backward()
        optimizer.step()


# run m = nn.Linear(3, 2); by_function(m, x) | model=m | x=f32[5,3] | todo
def values_of(model):
    return [p.data for p in model.parameters()]


def by_function(m, x):
    optimizer = torch.optim.SGD(m.parameters(), lr=0.1)
    history = []
    for _ in range(3):
        steps(m, optimizer, x)
        history.append(values_of(m))
    return history


# run m = nn.Linear(3, 2); by_function_copied(m, x) | model=m | x=f32[5,3] | tol=1e-4
def copies_of(model):
    return {n: p.data.clone() for n, p in model.named_parameters()}


def by_function_copied(m, x):
    optimizer = torch.optim.SGD(m.parameters(), lr=0.1)
    history = []
    for _ in range(3):
        steps(m, optimizer, x)
        history.append(copies_of(m))
    return history


# run m = nn.Linear(3, 2); by_object(m, x) | model=m | x=f32[5,3] | todo
class Recorder:
    def __init__(self):
        self.seen = []

    def record(self, model):
        self.seen.append(model.weight.data)


def by_object(m, x):
    optimizer, recorder = torch.optim.SGD(m.parameters(), lr=0.1), Recorder()
    for _ in range(3):
        recorder.record(m)
        steps(m, optimizer, x)
    return recorder.seen


# run m = nn.Linear(3, 2); by_object_copied(m, x) | model=m | x=f32[5,3] | tol=1e-4
class Copies:
    def __init__(self):
        self.seen, self.sums = [], []

    def record(self, model):
        self.seen.append(model.weight.data.clone())
        self.sums.append(model.weight.data.sum().item())


def by_object_copied(m, x):
    optimizer, recorder = torch.optim.SGD(m.parameters(), lr=0.1), Copies()
    for _ in range(3):
        recorder.record(m)
        steps(m, optimizer, x)
    return recorder.seen, recorder.sums


# run m = nn.Linear(3, 2); target_shared(m, x) | model=m | x=f32[5,3] | todo
def target_shared(m: nn.Linear, x):
    target = nn.Linear(3, 2)
    target.weight.data = m.weight.data
    target.bias.data = m.bias.data
    steps(m, torch.optim.SGD(m.parameters(), lr=0.1), x)
    return target(x)


# run m = nn.Linear(3, 2); target_copied(m, x) | model=m | x=f32[5,3] | tol=1e-4
def target_copied(m: nn.Linear, x):
    target = nn.Linear(3, 2)
    target.weight.data.copy_(m.weight.data)
    target.bias.data = m.bias.data.clone()
    steps(m, torch.optim.SGD(m.parameters(), lr=0.1), x)
    return target(x)


# run m = nn.Linear(3, 2); taken_over(m, x) | model=m | x=f32[5,3] | tol=1e-4
def taken_over(m: nn.Linear, x):
    new = nn.Linear(3, 2)
    new.weight.data = m.weight.data
    new.bias.data = m.bias.data
    return new(x) + 1


# run m = nn.Linear(3, 2); shared_state(m, x) | model=m | x=f32[5,3] | todo
def shared_state(m, x):
    first, second = torch.optim.Adam(m.parameters(), lr=0.1), torch.optim.Adam(m.parameters(), lr=0.01)
    second.state = first.state
    steps(m, first, x)
    steps(m, second, x)
    return list(m.parameters())


# run m = nn.Linear(3, 2); passed_state(m, x) | model=m | x=f32[5,3] | tol=1e-4
def passed_state(m, x):
    first = torch.optim.Adam(m.parameters(), lr=0.1)
    steps(m, first, x)
    second = torch.optim.Adam(m.parameters(), lr=0.1)
    second.load_state_dict(first.state_dict())
    for state in second.state.values():
        for k, v in state.items():
            if torch.is_tensor(v):
                state[k] = v.to("cpu")
    steps(m, second, x)
    return list(m.parameters())
