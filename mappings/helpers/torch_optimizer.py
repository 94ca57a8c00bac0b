import math

import mlx.core as mx
import mlx.optimizers as optim


class _TorchOptimizer(optim.Optimizer):
    """Base of optimizers that follow PyTorch's arithmetic; `lr` may be an MLX schedule.

    As all MLX optimizers they take the model and its gradients in `update(model, gradients)`.
    """

    slots = ()  # arrays of zeros that every parameter has in the state

    def __init__(self, lr, weight_decay=0.0, maximize=False):
        super().__init__()
        self._maybe_schedule("learning_rate", lr)
        self.weight_decay, self.maximize = weight_decay, maximize

    def init_single(self, parameter, state):
        for slot in self.slots:
            state[slot] = mx.zeros_like(parameter)

    def _ascent(self, gradient):
        return -gradient if self.maximize else gradient

    def _gradient(self, gradient, parameter):
        """The gradient with the L2 penalty."""
        gradient = self._ascent(gradient)
        return gradient + self.weight_decay * parameter if self.weight_decay else gradient

    def _decayed(self, parameter):
        """The parameter after decoupled weight decay."""
        return parameter * (1 - self.learning_rate * self.weight_decay).astype(parameter.dtype)

    def _bias_correction(self, beta):
        """1 - beta ** step, without the cancellation that float32 has there."""
        return -mx.expm1(self.step.astype(mx.float32) * math.log(beta)) if beta > 0 else mx.array(1.0)
