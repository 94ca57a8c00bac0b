import mlx.core as mx

from .torch_optimizer import _TorchOptimizer


class Adam(_TorchOptimizer):
    """PyTorch's `optim.Adam`: bias correction, L2 penalty or decoupled weight decay, `amsgrad`, `maximize`."""

    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, amsgrad=False, *, maximize=False,
                 decoupled_weight_decay=False):
        super().__init__(lr, weight_decay, maximize)
        self.betas, self.eps, self.amsgrad = betas, eps, amsgrad
        self.decoupled_weight_decay = decoupled_weight_decay
        self.slots = ("m", "v", "v_max") if amsgrad else ("m", "v")

    def apply_single(self, gradient, parameter, state):
        if self.decoupled_weight_decay:
            g = self._ascent(gradient)
            parameter = self._decayed(parameter)
        else:
            g = self._gradient(gradient, parameter)
        b1, b2 = self.betas
        state["m"] = m = b1 * state["m"] + (1 - b1) * g
        state["v"] = v = b2 * state["v"] + (1 - b2) * mx.square(g)
        if self.amsgrad:
            state["v_max"] = v = mx.maximum(state["v_max"], v)
        step = (self.learning_rate / self._bias_correction(b1)).astype(g.dtype)
        root = mx.sqrt(v) / mx.sqrt(self._bias_correction(b2)).astype(g.dtype)
        return parameter - step * m / (root + self.eps)


class AdamW(Adam):
    """PyTorch's `optim.AdamW`."""

    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False, *, maximize=False):
        super().__init__(lr, betas, eps, weight_decay, amsgrad, maximize=maximize, decoupled_weight_decay=True)
