"""Bases that leave a method or a property to their subclasses, and properties under other names: what they give is no None and no function."""

from abc import ABC, abstractmethod

import torch
from torch import nn


class Acquisition(nn.Module, ABC):
    @abstractmethod
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The value of each candidate."""
        pass


class Score(nn.Module, ABC):
    @abstractmethod
    def forward(self, x):
        """The score of each candidate."""

    def ranked(self, x):
        return self(x).transpose(-2, -1).unsqueeze(-1)


class Mean(Acquisition):
    def forward(self, x):
        return x.mean(-1, keepdim=True)


class Sum(Score):
    def forward(self, x):
        return x.sum(-1, keepdim=True)


def register(score: Score):
    return score


# run propose(Mean(), Sum(), x) | x=f32[2,3,4] | grad=x
def propose(acquisition: Acquisition, score: Score, x):
    value = acquisition(x)
    value = value.permute(*range(1, x.ndim - 1), x.ndim - 1, 0)
    return value, acquisition(x).unsqueeze(0), score(x).view(-1), register(score).ranked(x)


class lazy_property:
    def __init__(self, wrapped):
        self.wrapped = wrapped

    def __get__(self, instance, owner):
        if instance is None:
            return self
        value = self.wrapped(instance)
        setattr(instance, self.wrapped.__name__, value)
        return value


class Actions(ABC):
    @property
    @abstractmethod
    def best(self) -> torch.Tensor: ...

    def shifted(self):
        return self.best.detach().unsqueeze(-1)


class Discrete(Actions):
    def __init__(self, q):
        self.q = q

    @lazy_property
    def best(self):
        return self.q.detach().argmax(dim=1).int()

    @lazy_property
    def top(self):
        index = self.best.long().unsqueeze(1)
        return self.q.gather(dim=1, index=index).flatten()


# run actions(q) | q=f32[3,5] | grad=q
def actions(q):
    found = Discrete(q)
    return found.shifted(), found.top.clone().view(3, 1)


class Positive:
    """A descriptor: its attribute is the tensor that it stands for."""

    def __init__(self, start):
        self.start = start

    def __get__(self, instance, owner):
        return self.start.exp()


class Kernel:
    scale = Positive(torch.zeros(3))

    def __init__(self, start):
        Kernel.other = Positive(start)

    def rho(self):
        return self.scale.unsqueeze(-1).unsqueeze(-1)


# run kernel(x) | x=f32[3]
def kernel(x):
    return Kernel(x).rho() * x
