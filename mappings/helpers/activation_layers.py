import mlx.core as mx
import mlx.nn as nn

from .activations import celu, elu, hardshrink, selu, softshrink
from .assign_ import stored_in_place
from .gelu import gelu
from .hardswish import hardswish
from .softmax import softmax_dim
from .softplus import softplus
from .torch_module import _TorchModule

# PyTorch's constructors for classes that travel as values (`act_layer=nn.ReLU`, then `act_layer(inplace=True)`).
# They subclass the MLX layer of the same meaning where there is one, so `isinstance(m, nn.ReLU)` holds.


class ReLU(_TorchModule, nn.ReLU):
    """PyTorch's `nn.ReLU`."""

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def __call__(self, input):
        return stored_in_place(self, input, super().__call__(input))


class ReLU6(_TorchModule, nn.ReLU6):
    """PyTorch's `nn.ReLU6`."""

    min_val, max_val = 0.0, 6.0

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def __call__(self, input):
        return stored_in_place(self, input, super().__call__(input))


class LeakyReLU(_TorchModule, nn.LeakyReLU):
    """PyTorch's `nn.LeakyReLU`; `nn.leaky_relu` has another slope at zero, and picks the wrong side for slopes above 1."""

    def __init__(self, negative_slope=0.01, inplace=False):
        super().__init__()
        self.negative_slope, self.inplace = negative_slope, inplace

    def __call__(self, input):
        return stored_in_place(self, input, mx.where(input > 0, input, self.negative_slope * input))


class PReLU(_TorchModule, nn.PReLU):
    """PyTorch's `nn.PReLU`: one slope, or one for each channel of axis 1."""

    def __init__(self, num_parameters=1, init=0.25, device=None, dtype=None):
        nn.Module.__init__(self)
        self.num_parameters, self.init = num_parameters, init
        self.weight = mx.full((num_parameters,), init, dtype=mx.float32 if dtype is None else dtype)

    def reset_parameters(self):
        self.weight[...] = self.init

    def __call__(self, input):
        weight = self.weight
        if weight.size > 1 and input.ndim > 1:
            weight = weight.reshape(-1, *[1] * (input.ndim - 2))
        return mx.where(input >= 0, input, weight * input)


class RReLU(_TorchModule):
    """PyTorch's `nn.RReLU`: random slopes in training, their mean in evaluation."""

    def __init__(self, lower=1 / 8, upper=1 / 3, inplace=False):
        super().__init__()
        self.lower, self.upper, self.inplace = lower, upper, inplace

    def __call__(self, input):
        slope = (self.lower + self.upper) / 2
        if self.training:
            slope = mx.random.uniform(self.lower, self.upper, input.shape, input.dtype)
        return stored_in_place(self, input, mx.where(input >= 0, input, slope * input))


class ELU(_TorchModule, nn.ELU):
    """PyTorch's `nn.ELU`, whose gradient is finite for large input too."""

    def __init__(self, alpha=1.0, inplace=False):
        super().__init__()
        self.alpha, self.inplace = alpha, inplace

    def __call__(self, input):
        return stored_in_place(self, input, elu(input, self.alpha))


class CELU(_TorchModule, nn.CELU):
    """PyTorch's `nn.CELU`."""

    def __init__(self, alpha=1.0, inplace=False):
        super().__init__()
        self.alpha, self.inplace = alpha, inplace

    def __call__(self, input):
        return stored_in_place(self, input, celu(input, self.alpha))


class SELU(_TorchModule, nn.SELU):
    """PyTorch's `nn.SELU` with its constants in full."""

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def __call__(self, input):
        return stored_in_place(self, input, selu(input))


class GELU(_TorchModule, nn.GELU):
    """PyTorch's `nn.GELU`: `approximate` is "none" or "tanh"."""

    def __init__(self, approximate="none"):
        super().__init__(approximate)
        self.approximate = approximate

    def __call__(self, input):
        return gelu(input, self.approximate)


class SiLU(_TorchModule, nn.SiLU):
    """PyTorch's `nn.SiLU`."""

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def __call__(self, input):
        return stored_in_place(self, input, super().__call__(input))


class Mish(_TorchModule, nn.Mish):
    """PyTorch's `nn.Mish`."""

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def __call__(self, input):
        return stored_in_place(self, input, super().__call__(input))


class Sigmoid(_TorchModule, nn.Sigmoid):
    """PyTorch's `nn.Sigmoid`: takes and ignores any arguments."""

    def __init__(self, *args, **kwargs):
        super().__init__()


class Tanh(_TorchModule, nn.Tanh):
    """PyTorch's `nn.Tanh`: takes and ignores any arguments."""

    def __init__(self, *args, **kwargs):
        super().__init__()


class LogSigmoid(_TorchModule, nn.LogSigmoid):
    """PyTorch's `nn.LogSigmoid`."""

    def __init__(self, *args, **kwargs):
        super().__init__()


class Softsign(_TorchModule, nn.Softsign):
    """PyTorch's `nn.Softsign`."""

    def __init__(self, *args, **kwargs):
        super().__init__()


class Softplus(_TorchModule, nn.Softplus):
    """PyTorch's `nn.Softplus`: linear where `input * beta` is above `threshold`."""

    def __init__(self, beta=1.0, threshold=20.0):
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def __call__(self, input):
        return softplus(input, self.beta, self.threshold)


class Softshrink(_TorchModule, nn.Softshrink):
    """PyTorch's `nn.Softshrink`."""

    def __init__(self, lambd=0.5):
        super().__init__(lambd)
        self.lambd = lambd

    def __call__(self, input):
        return softshrink(input, self.lambd)


class Hardshrink(_TorchModule, nn.HardShrink):
    """PyTorch's `nn.Hardshrink`."""

    def __init__(self, lambd=0.5):
        super().__init__()
        self.lambd = lambd

    def __call__(self, input):
        return hardshrink(input, self.lambd)


class Hardtanh(_TorchModule, nn.HardTanh):
    """PyTorch's `nn.Hardtanh`: clips to `min_val` and `max_val`."""

    def __init__(self, min_val=-1.0, max_val=1.0, inplace=False, min_value=None, max_value=None):
        super().__init__()
        self.min_val = min_val if min_value is None else min_value
        self.max_val = max_val if max_value is None else max_value
        self.inplace = inplace

    def __call__(self, input):
        return stored_in_place(self, input, mx.clip(input, self.min_val, self.max_val))


class Hardswish(_TorchModule, nn.Hardswish):
    """PyTorch's `nn.Hardswish`."""

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def __call__(self, input):
        return stored_in_place(self, input, hardswish(input))


class Hardsigmoid(_TorchModule):
    """PyTorch's `nn.Hardsigmoid`."""

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def __call__(self, input):
        return stored_in_place(self, input, mx.clip(input / 6 + 0.5, 0, 1))


class Tanhshrink(_TorchModule):
    """PyTorch's `nn.Tanhshrink`."""

    def __call__(self, input):
        return input - mx.tanh(input)


class Threshold(_TorchModule):
    """PyTorch's `nn.Threshold`: `value` where the input is not above `threshold`."""

    def __init__(self, threshold, value, inplace=False):
        super().__init__()
        self.threshold, self.value, self.inplace = threshold, value, inplace

    def __call__(self, input):
        return stored_in_place(self, input, mx.where(input <= self.threshold, mx.array(self.value, dtype=input.dtype), input))


class GLU(_TorchModule, nn.GLU):
    """PyTorch's `nn.GLU`."""

    def __init__(self, dim=-1):
        super().__init__(dim)
        self.dim = dim

    def __call__(self, input):
        return nn.glu(input, axis=self.dim)


class Softmax(_TorchModule, nn.Softmax):
    """PyTorch's `nn.Softmax`; `dim=None` takes axis 0 of rank 0, 1 and 3, and axis 1 otherwise."""

    def __init__(self, dim=None):
        super().__init__()
        self.dim = dim

    def __call__(self, input):
        return mx.softmax(input, axis=self._axis(input), precise=True)

    def _axis(self, input):
        return softmax_dim(input.ndim) if self.dim is None else self.dim


class LogSoftmax(Softmax, nn.LogSoftmax):
    """PyTorch's `nn.LogSoftmax`."""

    def __call__(self, input):
        return nn.log_softmax(input, axis=self._axis(input)) if input.size else input  # MLX refuses an empty one


class Softmin(Softmax, nn.Softmin):
    """PyTorch's `nn.Softmin`."""

    def __call__(self, input):
        return mx.softmax(-input, axis=self._axis(input), precise=True)


class Softmax2d(_TorchModule):
    """PyTorch's `nn.Softmax2d`: softmax over the channels of (N, C, H, W) or (C, H, W)."""

    def __call__(self, input):
        return mx.softmax(input, axis=-3, precise=True)
