from .ntuple import ntuple
from .pad import pad
from .torch_module import _TorchModule


class _PadNd(_TorchModule):
    """PyTorch's padding layers: (low, high) pairs from the last axis on, or one number for all sides."""

    dims, _mode = 2, "constant"

    def __init__(self, padding):
        super().__init__()
        self.padding = ntuple(padding, 2 * self.dims)

    def __call__(self, input):
        return pad(input, self.padding, mode=self._mode, value=getattr(self, "value", 0))


class _ConstantPadNd(_PadNd):
    def __init__(self, padding, value):
        super().__init__(padding)
        self.value = value


class ConstantPad1d(_ConstantPadNd):
    """PyTorch's `nn.ConstantPad1d`: `value` around the last axis."""

    dims = 1


class ConstantPad2d(_ConstantPadNd):
    """PyTorch's `nn.ConstantPad2d`: `value` around the last two axes."""


class ConstantPad3d(_ConstantPadNd):
    """PyTorch's `nn.ConstantPad3d`: `value` around the last three axes."""

    dims = 3


class ZeroPad1d(_PadNd):
    """PyTorch's `nn.ZeroPad1d`: zeros around the last axis."""

    value = 0.0
    dims = 1


class ZeroPad2d(_PadNd):
    """PyTorch's `nn.ZeroPad2d`: zeros around the last two axes."""

    value = 0.0


class ZeroPad3d(_PadNd):
    """PyTorch's `nn.ZeroPad3d`: zeros around the last three axes."""

    value = 0.0
    dims = 3


class ReflectionPad1d(_PadNd):
    """PyTorch's `nn.ReflectionPad1d`: the input mirrored at its border along the last axis."""

    dims = 1
    _mode = "reflect"


class ReflectionPad2d(_PadNd):
    """PyTorch's `nn.ReflectionPad2d`: the input mirrored at its border along the last two axes."""

    _mode = "reflect"


class ReflectionPad3d(_PadNd):
    """PyTorch's `nn.ReflectionPad3d`: the input mirrored at its border along the last three axes."""

    dims = 3
    _mode = "reflect"


class ReplicationPad1d(_PadNd):
    """PyTorch's `nn.ReplicationPad1d`: the border repeated along the last axis."""

    dims = 1
    _mode = "replicate"


class ReplicationPad2d(_PadNd):
    """PyTorch's `nn.ReplicationPad2d`: the border repeated along the last two axes."""

    _mode = "replicate"


class ReplicationPad3d(_PadNd):
    """PyTorch's `nn.ReplicationPad3d`: the border repeated along the last three axes."""

    dims = 3
    _mode = "replicate"


class CircularPad1d(_PadNd):
    """PyTorch's `nn.CircularPad1d`: the input continued from the other side along the last axis."""

    dims = 1
    _mode = "circular"


class CircularPad2d(_PadNd):
    """PyTorch's `nn.CircularPad2d`: the input continued from the other side along the last two axes."""

    _mode = "circular"


class CircularPad3d(_PadNd):
    """PyTorch's `nn.CircularPad3d`: the input continued from the other side along the last three axes."""

    dims = 3
    _mode = "circular"
