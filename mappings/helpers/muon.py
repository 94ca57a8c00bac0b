import math

import mlx.core as mx

from .torch_optimizer import _TorchOptimizer


class Muon(_TorchOptimizer):
    """PyTorch's `optim.Muon`: momentum made orthogonal by Newton-Schulz steps in bfloat16; matrices only."""

    slots = ("momentum_buffer",)

    def __init__(self, lr=1e-3, weight_decay=0.1, momentum=0.95, nesterov=True,
                 ns_coefficients=(3.4445, -4.775, 2.0315), eps=1e-7, ns_steps=5, adjust_lr_fn=None):
        super().__init__(lr, weight_decay)
        self.momentum, self.nesterov, self.ns_coefficients = momentum, nesterov, ns_coefficients
        self.eps, self.ns_steps, self.adjust_lr_fn = eps, ns_steps, adjust_lr_fn

    def _orthogonalized(self, update):
        a, b, c = self.ns_coefficients
        x = update.astype(mx.bfloat16)
        tall = x.shape[0] > x.shape[1]
        x = x.T if tall else x
        x = x / mx.maximum(mx.linalg.norm(x), self.eps).astype(x.dtype)
        for _ in range(self.ns_steps):
            gram = x @ x.T
            x = mx.addmm(x, mx.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
        return x.T if tall else x

    def _lr_factor(self, rows, columns):
        if self.adjust_lr_fn == "match_rms_adamw":
            return 0.2 * math.sqrt(max(rows, columns))
        return math.sqrt(max(1, rows / columns))

    def apply_single(self, gradient, parameter, state):
        if parameter.ndim != 2:
            raise ValueError(f"Muon optimizes matrices only, not arrays of rank {parameter.ndim}")
        buffer = state["momentum_buffer"]
        state["momentum_buffer"] = buffer = buffer + (1 - self.momentum) * (gradient - buffer)
        update = gradient + self.momentum * (buffer - gradient) if self.nesterov else buffer
        lr = (self.learning_rate * self._lr_factor(*parameter.shape)).astype(parameter.dtype)
        return self._decayed(parameter) - lr * self._orthogonalized(update).astype(parameter.dtype)
