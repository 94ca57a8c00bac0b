import mlx.core as mx

from .torch_optimizer import _TorchOptimizer


class ASGD(_TorchOptimizer):
    """PyTorch's `optim.ASGD`; the averaged parameter is `state[...]["ax"]`."""

    def __init__(self, lr=1e-2, lambd=1e-4, alpha=0.75, t0=1e6, weight_decay=0.0, *, maximize=False):
        super().__init__(lr, weight_decay, maximize)
        self.lambd, self.alpha, self.t0 = lambd, alpha, t0

    def init_single(self, parameter, state):
        state["ax"] = mx.zeros_like(parameter)
        state["eta"] = self.learning_rate
        state["mu"] = mx.array(1.0)

    def apply_single(self, gradient, parameter, state):
        g = self._gradient(gradient, parameter)
        eta, mu, step = state["eta"], state["mu"], self.step.astype(mx.float32)
        parameter = parameter * (1 - self.lambd * eta).astype(g.dtype) - eta.astype(g.dtype) * g
        average = state["ax"] + (parameter - state["ax"]) * mu.astype(g.dtype)
        state["ax"] = mx.where(mu == 1, parameter, average)
        state["eta"] = self.learning_rate / (1 + self.lambd * self.learning_rate * step) ** self.alpha
        state["mu"] = 1 / mx.maximum(1.0, step - self.t0)
        return parameter


class Rprop(_TorchOptimizer):
    """PyTorch's `optim.Rprop`: step sizes that follow the sign of the gradient."""

    def __init__(self, lr=1e-2, etas=(0.5, 1.2), step_sizes=(1e-6, 50), *, maximize=False):
        super().__init__(lr, 0.0, maximize)
        self.etas, self.step_sizes = etas, step_sizes

    def init_single(self, parameter, state):
        state["previous"] = mx.zeros_like(parameter)
        state["size"] = mx.full(parameter.shape, self.learning_rate, dtype=parameter.dtype)

    def apply_single(self, gradient, parameter, state):
        g = self._ascent(gradient)
        sign = mx.sign(g * state["previous"])
        smaller, larger = self.etas
        factor = mx.where(sign > 0, larger, mx.where(sign < 0, smaller, 1.0))
        state["size"] = size = mx.clip(state["size"] * factor, *self.step_sizes)
        state["previous"] = g = mx.where(sign < 0, 0, g)
        return parameter - mx.sign(g) * size
