from collections import Counter

from mlx.utils import tree_flatten

from .adafactor import Adafactor
from .adam import Adam, AdamW
from .asgd import ASGD, Rprop
from .nadam import Adamax, NAdam, RAdam
from .rmsprop import Adadelta, Adagrad, RMSprop
from .sgd import SGD


class _GivenParameters:
    """An optimizer that is made as PyTorch's classes are, with the parameters first: where a class is a value, who calls it passes them.

    An MLX optimizer gets the model in `update`. The parameters only say which ones that must be: `update` refuses gradients of others.
    """

    def __init__(self, params, *settings, foreach=None, fused=None, capturable=False, differentiable=False, **named):
        params = list(params)
        if any(isinstance(param, dict) for param in params):
            raise NotImplementedError("parameter groups have settings of their own: make one optimizer for each, and join them in mlx.optimizers.MultiOptimizer")
        super().__init__(*settings, **named)
        self._given = Counter(param[1].size if isinstance(param, tuple) else param.size for param in params)

    def update(self, model, gradients):
        trained = Counter(array.size for _, array in tree_flatten(gradients))
        own = Counter(array.size for _, array in tree_flatten(model.parameters()))
        if trained - self._given or self._given - own:
            raise ValueError("these gradients are of other parameters than those that the optimizer was made of: update the module that holds these alone")
        super().update(model, gradients)


class TorchAdafactor(_GivenParameters, Adafactor):
    """`torch.optim.Adafactor` as a value."""


class TorchAdam(_GivenParameters, Adam):
    """`torch.optim.Adam` as a value."""


class TorchAdamW(_GivenParameters, AdamW):
    """`torch.optim.AdamW` as a value."""


class TorchASGD(_GivenParameters, ASGD):
    """`torch.optim.ASGD` as a value."""


class TorchRprop(_GivenParameters, Rprop):
    """`torch.optim.Rprop` as a value."""


class TorchAdamax(_GivenParameters, Adamax):
    """`torch.optim.Adamax` as a value."""


class TorchNAdam(_GivenParameters, NAdam):
    """`torch.optim.NAdam` as a value."""


class TorchRAdam(_GivenParameters, RAdam):
    """`torch.optim.RAdam` as a value."""


class TorchAdadelta(_GivenParameters, Adadelta):
    """`torch.optim.Adadelta` as a value."""


class TorchAdagrad(_GivenParameters, Adagrad):
    """`torch.optim.Adagrad` as a value."""


class TorchRMSprop(_GivenParameters, RMSprop):
    """`torch.optim.RMSprop` as a value."""


class TorchSGD(_GivenParameters, SGD):
    """`torch.optim.SGD` as a value."""


def optimizer_named(name):
    """`getattr(optim, name)`: the class as a value."""
    classes = (
        TorchAdadelta, TorchAdafactor, TorchAdagrad, TorchAdam, TorchAdamax, TorchAdamW, TorchASGD, TorchNAdam, TorchRAdam, TorchRMSprop, TorchRprop, TorchSGD,
    )
    named = {cls.__name__.removeprefix("Torch"): cls for cls in classes}
    if name not in named:
        raise NotImplementedError(f"torch.optim.{name} is none of the optimizers that this port finds by name: {', '.join(named)}")
    return named[name]
