"""A function that the caller gives picks one of a model's outputs: the layers of the others have no gradient in PyTorch, and stay."""
import torch
import torch.nn as nn


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.pi, self.v = nn.Linear(3, 4), nn.Linear(4, 2), nn.Linear(4, 1)

    def forward(self, x):
        h = torch.tanh(self.body(x))
        return {"pi": self.pi(h), "v": self.v(h)}


class Pair(Two):
    def forward(self, x):
        h = torch.tanh(self.body(x))
        return self.pi(h), self.v(h)


# run m = Two(); by_default(m, x) | model=m | x=f32[5,3] | tol=1e-4
def by_default(model, x, get=lambda out: out["pi"]):
    opt = torch.optim.AdamW(model.parameters(), lr=0.1, weight_decay=0.2)
    for _ in range(3):
        out = model(x)
        loss = get(out).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    return list(model.parameters())


# run m = Pair(); by_argument(m, x, lambda out: out[1]) | model=m | x=f32[5,3] | tol=1e-4
def by_argument(model, x, key):
    opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=0.2)
    for _ in range(3):
        loss = key(model(x)).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    return list(model.parameters())


# run m = Two(); unknown_model(m, x) | model=m | x=f32[5,3] | tol=1e-4
def unknown_model(model, x):
    opt = torch.optim.AdamW(model.parameters(), lr=0.1, weight_decay=0.2)
    for _ in range(3):
        loss = model(x)["v"].pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    return list(model.parameters())


# run m = Pair(); of_trainer(m, x) | model=m | x=f32[5,3] | tol=1e-4
class Trainer:
    def __init__(self, model, select):
        self.model, self.select = model, select
        self.opt = torch.optim.AdamW(self.model.parameters(), lr=0.1, weight_decay=0.2)

    def step(self, x):
        self.opt.zero_grad()
        loss = self.select(self.model(x)).pow(2).mean()
        loss.backward()
        self.opt.step()


def of_trainer(m, x):
    trainer = Trainer(m, lambda out: out[0])
    for _ in range(3):
        trainer.step(x)
    return list(m.parameters())
