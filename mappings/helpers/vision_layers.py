import mlx.core as mx

from .activation_layers import ReLU, Sigmoid
from .adaptive_avg_pool2d import AdaptiveAvgPool2d
from .batch_norm2d import BatchNorm2d, BatchNorm3d
from .conv2d import Conv2d, Conv3d
from .dropout_layers import Dropout
from .linear import Linear
from .ntuple import ntuple
from .register_buffer import register_buffer
from .sequential import Sequential
from .torch_module import _TorchModule


class FrozenBatchNorm2d(_TorchModule):
    """``torchvision.ops.FrozenBatchNorm2d``: batch normalisation by fixed statistics; weight and bias are buffers too."""

    def __init__(self, num_features, eps=1e-5):
        super().__init__()
        self.eps = eps
        register_buffer(self, "weight", mx.ones((num_features,)))
        register_buffer(self, "bias", mx.zeros((num_features,)))
        register_buffer(self, "running_mean", mx.zeros((num_features,)))
        register_buffer(self, "running_var", mx.ones((num_features,)))

    def __call__(self, x):
        scale = self.weight * mx.rsqrt(self.running_var + self.eps)
        shift = self.bias - self.running_mean * scale
        return x * scale.reshape(1, -1, 1, 1) + shift.reshape(1, -1, 1, 1)

    def _extra_repr(self):
        return f"{self.weight.shape[0]}, eps={self.eps}"


class Permute(_TorchModule):
    """``torchvision.ops.Permute``: the axes in another order."""

    def __init__(self, dims):
        super().__init__()
        self.dims = dims

    def __call__(self, x):
        return x.transpose(*self.dims)


class SqueezeExcitation(_TorchModule):
    """``torchvision.ops.SqueezeExcitation``: scales each channel by what all channel means say."""

    def __init__(self, input_channels, squeeze_channels, activation=ReLU, scale_activation=Sigmoid):
        super().__init__()
        self.avgpool = AdaptiveAvgPool2d(1)
        self.fc1 = Conv2d(input_channels, squeeze_channels, 1)
        self.fc2 = Conv2d(squeeze_channels, input_channels, 1)
        self.activation = activation()
        self.scale_activation = scale_activation()

    def _scale(self, input):
        return self.scale_activation(self.fc2(self.activation(self.fc1(self.avgpool(input)))))

    def __call__(self, input):
        return self._scale(input) * input


def _inplace(inplace):
    return {} if inplace is None else {"inplace": inplace}


class ConvNormActivation(Sequential):
    """torchvision's blocks of a convolution, a normalisation and an activation; without `padding` the size stays."""

    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1, padding=None, groups=1, norm_layer=BatchNorm2d,
                 activation_layer=ReLU, dilation=1, inplace=True, bias=None, conv_layer=Conv2d):
        if padding is None:
            if isinstance(kernel_size, int) and isinstance(dilation, int):
                padding = (kernel_size - 1) // 2 * dilation
            else:
                dims = len(dilation if isinstance(kernel_size, int) else kernel_size)
                kernel_size, dilation = ntuple(kernel_size, dims), ntuple(dilation, dims)
                padding = tuple((size - 1) // 2 * step for size, step in zip(kernel_size, dilation))
        if bias is None:
            bias = norm_layer is None
        layers = [conv_layer(in_channels, out_channels, kernel_size, stride, padding, dilation=dilation, groups=groups, bias=bias)]
        if norm_layer is not None:
            layers.append(norm_layer(out_channels))
        if activation_layer is not None:
            layers.append(activation_layer(**_inplace(inplace)))
        super().__init__(*layers)
        self.out_channels = out_channels


class Conv2dNormActivation(ConvNormActivation):
    """``torchvision.ops.Conv2dNormActivation``."""

    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1, padding=None, groups=1, norm_layer=BatchNorm2d,
                 activation_layer=ReLU, dilation=1, inplace=True, bias=None):
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, groups, norm_layer, activation_layer,
                         dilation, inplace, bias, Conv2d)


class Conv3dNormActivation(ConvNormActivation):
    """``torchvision.ops.Conv3dNormActivation``."""

    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1, padding=None, groups=1, norm_layer=BatchNorm3d,
                 activation_layer=ReLU, dilation=1, inplace=True, bias=None):
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, groups, norm_layer, activation_layer,
                         dilation, inplace, bias, Conv3d)


class MLP(Sequential):
    """``torchvision.ops.MLP``: linear layers with normalisation, activation and dropout between them, and dropout at the end."""

    def __init__(self, in_channels, hidden_channels, norm_layer=None, activation_layer=ReLU, inplace=None, bias=True, dropout=0.0):
        layers = []
        for hidden in hidden_channels[:-1]:
            layers.append(Linear(in_channels, hidden, bias=bias))
            if norm_layer is not None:
                layers.append(norm_layer(hidden))
            layers += [activation_layer(**_inplace(inplace)), Dropout(dropout, **_inplace(inplace))]
            in_channels = hidden
        layers += [Linear(in_channels, hidden_channels[-1], bias=bias), Dropout(dropout, **_inplace(inplace))]
        super().__init__(*layers)
