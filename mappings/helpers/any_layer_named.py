from .adaptive_avg_pool2d import AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d
from .adaptive_max_pool2d import AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d
from .avg_pool2d import AvgPool1d, AvgPool2d, AvgPool3d
from .conv2d import Conv1d, Conv2d, Conv3d
from .conv_transpose2d import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from .dropout_layers import Dropout, Dropout1d, Dropout2d, Dropout3d
from .layer_named import layer_named
from .linear import Linear
from .lstm import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell
from .max_pool2d import MaxPool1d, MaxPool2d, MaxPool3d
from .pad_layers import ReflectionPad2d, ReplicationPad2d, ZeroPad2d
from .shape_layers import Flatten, Upsample


def any_layer_named(name):
    """`getattr(nn, name)` of a name that is cut out of a configuration: convolutions, pools and their like beside what layer_named finds."""
    layers = (
        AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d, AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d, AvgPool1d, AvgPool2d, AvgPool3d, Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d,
        ConvTranspose3d, Dropout, Dropout1d, Dropout2d, Dropout3d, Flatten, GRU, GRUCell, LSTM, LSTMCell, Linear, MaxPool1d, MaxPool2d, MaxPool3d, RNN, RNNCell,
        ReflectionPad2d, ReplicationPad2d, Upsample, ZeroPad2d,
    )
    return next((layer for layer in layers if layer.__name__ == name), None) or layer_named(name)
