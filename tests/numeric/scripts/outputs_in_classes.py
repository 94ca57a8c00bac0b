# script x=f32[20,4] | y=i64[20]<3 | tol=1e-4
import torch
import torch.nn as nn
import torch.nn.functional as F
from dataclasses import dataclass
from collections import namedtuple
from typing import NamedTuple


@dataclass
class Out:
    logits: torch.Tensor
    value: torch.Tensor = None


Pair = namedtuple("Pair", ["logits", "value"])


class Trip(NamedTuple):
    logits: torch.Tensor
    value: torch.Tensor


class AC(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 8)
        self.policy = nn.Linear(8, 3)
        self.value = nn.Linear(8, 1)
        with torch.no_grad():
            for k, p in enumerate(self.parameters()):
                p.copy_(torch.sin(torch.arange(p.numel(), dtype=torch.float32) * 0.9 + k).reshape(p.shape) * 0.3)

    def forward(self, x):
        h = torch.tanh(self.body(x))
        return Out(logits=self.policy(h), value=self.value(h))


class ACPair(AC):
    def forward(self, x):
        h = torch.tanh(self.body(x))
        return Pair(self.policy(h), self.value(h))


class ACTrip(AC):
    def forward(self, x):
        h = torch.tanh(self.body(x))
        return Trip(self.policy(h), self.value(h))



def one_field(x, y):
    model = AC()
    opt = torch.optim.AdamW(model.parameters(), lr=0.05, weight_decay=0.1)
    out = []
    for _ in range(4):
        opt.zero_grad()
        o = model(x)
        loss = F.cross_entropy(o.logits, y)
        loss.backward()
        opt.step()
        out.append((loss.item(), o.value.mean().item()))
    return out, model


def of_a_pair(x, y):
    model = ACPair()
    opt = torch.optim.AdamW(model.parameters(), lr=0.05, weight_decay=0.1)
    out = []
    for _ in range(4):
        opt.zero_grad()
        o = model(x)
        loss = F.cross_entropy(o.logits, y)
        loss.backward()
        opt.step()
        out.append((loss.item(), o.value.mean().item()))
    return out, model


def of_a_tuple(x, y):
    model = ACTrip()
    opt = torch.optim.AdamW(model.parameters(), lr=0.05, weight_decay=0.1)
    out = []
    for _ in range(4):
        opt.zero_grad()
        loss = F.cross_entropy(model(x).logits, y)
        loss.backward()
        opt.step()
        out.append(loss.item())
    return out, model


def first_item(x, y):
    model = ACPair()
    opt = torch.optim.AdamW(model.parameters(), lr=0.05, weight_decay=0.1)
    out = []
    for _ in range(4):
        opt.zero_grad()
        loss = F.cross_entropy(model(x)[0], y)
        loss.backward()
        opt.step()
        out.append(loss.item())
    return out, model


def all_fields(x, y):
    model = AC()
    opt = torch.optim.AdamW(model.parameters(), lr=0.05, weight_decay=0.1)
    out = []
    for _ in range(4):
        opt.zero_grad()
        o = model(x)
        loss = F.cross_entropy(o.logits, y) + o.value.pow(2).mean()
        loss.backward()
        opt.step()
        out.append((loss.item(), o.value.mean().item()))
    return out, model



def objective(o, y):
    return F.cross_entropy(o.logits, y)


def by_a_function(x, y):
    model = AC()
    opt = torch.optim.AdamW(model.parameters(), lr=0.05, weight_decay=0.1)
    out = []
    for _ in range(4):
        opt.zero_grad()
        loss = objective(model(x), y)
        loss.backward()
        opt.step()
        out.append(loss.item())
    return out, model


[one_field(x, y), of_a_pair(x, y), of_a_tuple(x, y), first_item(x, y), all_fields(x, y), by_a_function(x, y)]
