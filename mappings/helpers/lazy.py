import mlx.core as mx
import mlx.nn as nn

from .batch_norm2d import BatchNorm1d, BatchNorm2d, BatchNorm3d
from .conv2d import Conv1d, Conv2d, Conv3d
from .conv_transpose2d import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from .instance_norm2d import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from .linear import Linear


class _Lazy:
    """A layer that takes the number of its inputs from its first call or from the state that is loaded, and is a layer of the kind from then on.

    Before it, an empty `weight` stands for what is to come. In a loss function another array stands there: weights that
    are made inside of it would have no gradient, so the model has to be called once before it is trained.
    """

    _axis = 1  # of the input, which has as many channels
    _weight_axis = 0  # of the weight

    def __init__(self, *args, **kwargs):
        super().__init__(0, *args, **kwargs)
        self._arguments = (args, kwargs)
        nothing = mx.zeros((0,))
        self.update({name: nothing for name in ("weight", "bias") if name in self})
        object.__setattr__(self, "_nothing", nothing)

    def _has_channels(self, channels):
        (args, kwargs), training = self._arguments, self.training
        self.clear()
        self.__class__ = next(cls for cls in type(self).__mro__ if not issubclass(cls, _Lazy))
        self.__init__(channels, *args, **kwargs)
        return self.train(training)

    def _take_shape(self, state):
        array = state.get("weight", state.get("running_mean"))
        if array is not None and array.size > 0:
            self._has_channels(array.shape[self._weight_axis])

    def __call__(self, x, *args):
        if self.weight is not None and self.weight is not self._nothing:
            if self.weight.size > 0:  # `load_weights` put it there
                loaded = {name: value for name, value in self.items() if isinstance(value, mx.array)}
                self._take_shape(loaded)
                self.update(loaded)
                return self(x, *args)
            raise RuntimeError(f"call the model once before it is trained: this {type(self).__name__} has no weights yet")
        return self._has_channels(x.shape[self._axis])(x, *args)


class _LazyConv(_Lazy):
    _weight_axis = 1

    def _take_shape(self, state):
        args, kwargs = self._arguments
        groups = kwargs.get("groups", args[5] if len(args) > 5 else 1)
        if "weight" in state:
            self._has_channels(state["weight"].shape[1] * groups)


class LazyLinear(_Lazy, Linear):
    """PyTorch's `nn.LazyLinear`."""

    _axis = -1
    _weight_axis = 1


class LazyConv1d(_LazyConv, Conv1d):
    """PyTorch's `nn.LazyConv1d`."""

    _axis = -2


class LazyConv2d(_LazyConv, Conv2d):
    """PyTorch's `nn.LazyConv2d`."""

    _axis = -3


class LazyConv3d(_LazyConv, Conv3d):
    """PyTorch's `nn.LazyConv3d`."""

    _axis = -4


class LazyConvTranspose1d(_Lazy, ConvTranspose1d):
    """PyTorch's `nn.LazyConvTranspose1d`."""

    _axis = -2


class LazyConvTranspose2d(_Lazy, ConvTranspose2d):
    """PyTorch's `nn.LazyConvTranspose2d`."""

    _axis = -3


class LazyConvTranspose3d(_Lazy, ConvTranspose3d):
    """PyTorch's `nn.LazyConvTranspose3d`."""

    _axis = -4


class LazyBatchNorm1d(_Lazy, BatchNorm1d):
    """PyTorch's `nn.LazyBatchNorm1d`."""


class LazyBatchNorm2d(_Lazy, BatchNorm2d):
    """PyTorch's `nn.LazyBatchNorm2d`."""


class LazyBatchNorm3d(_Lazy, BatchNorm3d):
    """PyTorch's `nn.LazyBatchNorm3d`."""


class _LazyInstanceNorm(_Lazy):
    def __init__(self, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True, **kwargs):  # other defaults than its kind
        super().__init__(eps, momentum, affine, track_running_stats, **kwargs)


class LazyInstanceNorm1d(_LazyInstanceNorm, InstanceNorm1d):
    """PyTorch's `nn.LazyInstanceNorm1d`."""

    _axis = -2


class LazyInstanceNorm2d(_LazyInstanceNorm, InstanceNorm2d):
    """PyTorch's `nn.LazyInstanceNorm2d`."""

    _axis = -3


class LazyInstanceNorm3d(_LazyInstanceNorm, InstanceNorm3d):
    """PyTorch's `nn.LazyInstanceNorm3d`."""

    _axis = -4
