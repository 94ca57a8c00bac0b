import mlx.core as mx

from .torch_optimizer import _TorchOptimizer


def _root_mean_square(array):
    return mx.sqrt(mx.mean(mx.square(array)))


class Adafactor(_TorchOptimizer):
    """PyTorch's `optim.Adafactor`: factored second moments, no first moment."""

    def __init__(self, lr=1e-2, beta2_decay=-0.8, eps=(None, 1e-3), d=1.0, weight_decay=0.0, *, maximize=False):
        super().__init__(lr, weight_decay, maximize)
        self.beta2_decay, self.eps, self.d = beta2_decay, eps, d

    def init_single(self, parameter, state):
        if parameter.ndim > 1:
            *lead, rows, columns = parameter.shape
            state["row"] = mx.zeros((*lead, rows, 1), dtype=parameter.dtype)
            state["column"] = mx.zeros((*lead, 1, columns), dtype=parameter.dtype)
        else:
            state["v"] = mx.zeros_like(parameter)

    def _second_moment(self, g, weight, eps, state):
        if g.ndim < 2:
            state["v"] = state["v"] + weight * (mx.square(g) - state["v"])
            return state["v"]
        for name, axis in (("row", -1), ("column", -2)):
            state[name] = state[name] + weight * (mx.mean(mx.square(g), axis=axis, keepdims=True) - state[name])
        return state["row"] @ state["column"] / mx.maximum(mx.mean(state["row"], axis=-2, keepdims=True), eps)

    def apply_single(self, gradient, parameter, state):
        g = self._ascent(gradient)
        eps = mx.finfo(parameter.dtype).eps if self.eps[0] is None else self.eps[0]
        step = self.step.astype(mx.float32)
        rho = mx.minimum(self.learning_rate, 1 / mx.sqrt(step))
        alpha = mx.maximum(self.eps[1], _root_mean_square(parameter)) * rho
        if self.weight_decay:
            parameter = self._decayed(parameter)
        v = self._second_moment(g, (step**self.beta2_decay).astype(g.dtype), eps, state)
        update = g * mx.rsqrt(mx.maximum(v, eps * eps))
        update = update / mx.maximum(1.0, _root_mean_square(update) / self.d)
        return parameter - alpha.astype(g.dtype) * update
