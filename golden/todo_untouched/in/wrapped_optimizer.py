"""An optimizer around another one, made where nothing tells whose parameters they are."""

from torch.optim.optimizer import Optimizer


class Wrapped(Optimizer):
    def __init__(self, optimizer):
        self.optimizer = optimizer

    def step(self, closure=None):
        self.optimizer.step(closure)


class Trainer:
    def __init__(self):
        self.optimizers = []

    def add_model(self, model):
        for parameter in model.parameters():
            self.optimizers.append(parameter)

    def add(self, optimizer: Optimizer):
        wrapped = Wrapped(optimizer)
        self.optimizers.append(wrapped)
        return wrapped
