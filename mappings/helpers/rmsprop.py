import mlx.core as mx

from .torch_optimizer import _TorchOptimizer


class RMSprop(_TorchOptimizer):
    """PyTorch's `optim.RMSprop`: also `centered`, with momentum and weight decay."""

    def __init__(self, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0, centered=False, *,
                 maximize=False):
        super().__init__(lr, weight_decay, maximize)
        self.alpha, self.eps, self.momentum, self.centered = alpha, eps, momentum, centered
        self.slots = ("v", *["mean"] * centered, *["buffer"] * (momentum > 0))

    def apply_single(self, gradient, parameter, state):
        g = self._gradient(gradient, parameter)
        state["v"] = v = self.alpha * state["v"] + (1 - self.alpha) * mx.square(g)
        if self.centered:
            state["mean"] = mean = self.alpha * state["mean"] + (1 - self.alpha) * g
            v = v - mx.square(mean)
        delta = g / (mx.sqrt(v) + self.eps)
        if self.momentum > 0:
            state["buffer"] = delta = self.momentum * state["buffer"] + delta
        return parameter - self.learning_rate.astype(g.dtype) * delta


class Adagrad(_TorchOptimizer):
    """PyTorch's `optim.Adagrad`."""

    def __init__(self, lr=1e-2, lr_decay=0.0, weight_decay=0.0, initial_accumulator_value=0.0, eps=1e-10, *,
                 maximize=False):
        super().__init__(lr, weight_decay, maximize)
        self.lr_decay, self.initial_accumulator_value, self.eps = lr_decay, initial_accumulator_value, eps

    def init_single(self, parameter, state):
        state["v"] = mx.full(parameter.shape, self.initial_accumulator_value, dtype=parameter.dtype)

    def apply_single(self, gradient, parameter, state):
        g = self._gradient(gradient, parameter)
        lr = self.learning_rate / (1 + (self.step.astype(mx.float32) - 1) * self.lr_decay)
        state["v"] = v = state["v"] + mx.square(g)
        return parameter - lr.astype(g.dtype) * g / (mx.sqrt(v) + self.eps)


class Adadelta(_TorchOptimizer):
    """PyTorch's `optim.Adadelta`."""

    slots = ("v", "u")

    def __init__(self, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0.0, *, maximize=False):
        super().__init__(lr, weight_decay, maximize)
        self.rho, self.eps = rho, eps

    def apply_single(self, gradient, parameter, state):
        g = self._gradient(gradient, parameter)
        state["v"] = v = self.rho * state["v"] + (1 - self.rho) * mx.square(g)
        delta = mx.sqrt(state["u"] + self.eps) / mx.sqrt(v + self.eps) * g
        state["u"] = self.rho * state["u"] + (1 - self.rho) * mx.square(delta)
        return parameter - self.learning_rate.astype(g.dtype) * delta
