import mlx.core as mx

from .torch_optimizer import _TorchOptimizer


class Adamax(_TorchOptimizer):
    """PyTorch's `optim.Adamax`."""

    slots = ("m", "u")

    def __init__(self, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, *, maximize=False):
        super().__init__(lr, weight_decay, maximize)
        self.betas, self.eps = betas, eps

    def apply_single(self, gradient, parameter, state):
        g = self._gradient(gradient, parameter)
        b1, b2 = self.betas
        state["m"] = m = b1 * state["m"] + (1 - b1) * g
        state["u"] = u = mx.maximum(b2 * state["u"], mx.abs(g) + self.eps)
        return parameter - (self.learning_rate / self._bias_correction(b1)).astype(g.dtype) * m / u


class NAdam(_TorchOptimizer):
    """PyTorch's `optim.NAdam`: Adam with Nesterov momentum on a decaying schedule."""

    slots = ("m", "v")

    def __init__(self, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, momentum_decay=4e-3,
                 decoupled_weight_decay=False, *, maximize=False):
        super().__init__(lr, weight_decay, maximize)
        self.betas, self.eps, self.momentum_decay = betas, eps, momentum_decay
        self.decoupled_weight_decay = decoupled_weight_decay

    def init_single(self, parameter, state):
        super().init_single(parameter, state)
        state["mu_product"] = mx.array(1.0)

    def _mu(self, step):
        return self.betas[0] * (1 - 0.5 * 0.96 ** (step * self.momentum_decay))

    def apply_single(self, gradient, parameter, state):
        if self.decoupled_weight_decay:
            g = self._ascent(gradient)
            parameter = self._decayed(parameter)
        else:
            g = self._gradient(gradient, parameter)
        b1, b2 = self.betas
        step = self.step.astype(mx.float32)
        mu, next_mu = self._mu(step), self._mu(step + 1)
        state["mu_product"] = product = state["mu_product"] * mu
        state["m"] = m = b1 * state["m"] + (1 - b1) * g
        state["v"] = v = b2 * state["v"] + (1 - b2) * mx.square(g)
        root = mx.sqrt(v / self._bias_correction(b2).astype(g.dtype)) + self.eps
        lr = self.learning_rate
        parameter = parameter - (lr * (1 - mu) / (1 - product)).astype(g.dtype) * g / root
        return parameter - (lr * next_mu / (1 - product * next_mu)).astype(g.dtype) * m / root


class RAdam(_TorchOptimizer):
    """PyTorch's `optim.RAdam`: Adam whose first steps are not adaptive."""

    slots = ("m", "v")

    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled_weight_decay=False, *,
                 maximize=False):
        super().__init__(lr, weight_decay, maximize)
        self.betas, self.eps, self.decoupled_weight_decay = betas, eps, decoupled_weight_decay

    def apply_single(self, gradient, parameter, state):
        if self.decoupled_weight_decay:
            g = self._ascent(gradient)
            parameter = self._decayed(parameter)
        else:
            g = self._gradient(gradient, parameter)
        b1, b2 = self.betas
        state["m"] = m = b1 * state["m"] + (1 - b1) * g
        state["v"] = v = b2 * state["v"] + (1 - b2) * mx.square(g)
        step, correction = self.step.astype(mx.float32), self._bias_correction(b2)
        rho_inf = 2 / (1 - b2) - 1
        rho = rho_inf - 2 * step * (1 - correction) / correction
        numerator = mx.maximum((rho - 4) * (rho - 2) * rho_inf, 0)
        rectify = mx.sqrt(numerator / ((rho_inf - 4) * (rho_inf - 2) * mx.where(rho > 5, rho, 1)))
        adaptive = (rectify * mx.sqrt(correction)).astype(g.dtype) / (mx.sqrt(v) + self.eps)
        lr = (self.learning_rate / self._bias_correction(b1)).astype(g.dtype)
        return parameter - lr * m * mx.where(rho > 5, adaptive, mx.array(1, g.dtype))
