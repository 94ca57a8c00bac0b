"""An optimizer around another one, made where nothing tells whose parameters they are."""

import mlx.optimizers as optim
import mlx_compat as compat


# TODO(torch2mlx): T2M302 it steps another optimizer, `self.optimizer.step(closure)`: in MLX that takes the model and its gradients, `update(model, gradients)`
class Wrapped(optim.Optimizer):
    def __init__(self, optimizer):
        self.optimizer = optimizer

    def step(self, closure=None):
        self.optimizer.step(closure)


class Trainer:
    def __init__(self):
        self.optimizers = []

    def add_model(self, model):
        for parameter in compat.parameters(model):
            # TODO(torch2mlx): T2M403 `self.optimizers` keeps `model.parameters()`: in PyTorch it changes as the model is trained, in MLX it stays what it is here
            self.optimizers.append(parameter)

    def add(self, optimizer: optim.Optimizer):
        # TODO(torch2mlx): T2M302 `Wrapped` gets `optimizer`, not the parameters of models that are known
        wrapped = Wrapped(optimizer)
        self.optimizers.append(wrapped)
        return wrapped
