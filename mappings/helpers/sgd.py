import mlx.core as mx

from .torch_optimizer import _TorchOptimizer


class SGD(_TorchOptimizer):
    """PyTorch's `optim.SGD`: the first momentum buffer is the gradient itself, whatever the dampening."""

    def __init__(self, lr=1e-3, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False, *, maximize=False):
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(lr, weight_decay, maximize)
        self.momentum, self.dampening, self.nesterov = momentum, dampening, nesterov

    def init_single(self, parameter, state):
        if self.momentum:
            state["v"] = mx.zeros_like(parameter)
            state["started"] = mx.array(False)

    def apply_single(self, gradient, parameter, state):
        g = self._gradient(gradient, parameter)
        if self.momentum:
            v = mx.where(state["started"], self.momentum * state["v"] + (1 - self.dampening) * g, g)
            state["v"], state["started"] = v, mx.array(True)
            g = g + self.momentum * v if self.nesterov else v
        return parameter - self.learning_rate.astype(g.dtype) * g
