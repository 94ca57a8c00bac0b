import mlx.core as mx
import mlx.nn as nn

from .dropout_rate import dropout_rate
from .layer_sizes import elementwise_affine, embedding_dim, in_features, normalized_shape, num_embeddings, out_features
from .module_tree import _as_module, _named_children
from .torch_module import _TorchModule

# What PyTorch's layers say of themselves: `name` is the value alone, `name=` has its name in front, and `name=value` is said unless it has that value.
_CONV = "in_channels out_channels kernel_size= stride= padding=0 dilation=1 output_padding=0 groups=1 bias=True padding_mode=zeros"
_NORM = "num_features eps= momentum= affine= bias= track_running_stats="
_RNN = "input_size hidden_size proj_size=0 num_layers=1 bias=True batch_first=False dropout=0 bidirectional=False"
_MAX_POOL = "kernel_size= stride= padding= dilation= ceil_mode="
_WINDOWS = "kernel_size= dilation= padding= stride="
_SAID = {
    "Linear": "in_features= out_features= bias=",
    "Bilinear": "in1_features= in2_features= out_features= bias=",
    "Embedding": "num_embeddings embedding_dim padding_idx=None max_norm=None norm_type=2 scale_grad_by_freq=False sparse=False",
    "EmbeddingBag": "num_embeddings embedding_dim max_norm=None norm_type=2 scale_grad_by_freq=False mode= padding_idx=None",
    "LayerNorm": "normalized_shape eps= elementwise_affine= bias=",
    "RMSNorm": "normalized_shape eps= elementwise_affine=",
    "GroupNorm": "num_groups num_channels eps= affine= bias=",
    "LocalResponseNorm": "size alpha= beta= k=",
    "CrossMapLRN2d": "size alpha= beta= k=",
    **{f"{kind}{n}d": _CONV for kind in ("Conv", "ConvTranspose") for n in (1, 2, 3)},
    **{f"{kind}{n}d": _NORM for kind in ("BatchNorm", "InstanceNorm") for n in (1, 2, 3)},
    **dict.fromkeys(("RNN", "LSTM", "GRU"), _RNN),
    **dict.fromkeys(("RNNCell", "LSTMCell", "GRUCell"), "input_size hidden_size bias=True nonlinearity=tanh"),
    **{f"MaxPool{n}d": _MAX_POOL for n in (1, 2, 3)},
    **{f"AvgPool{n}d": "kernel_size= stride= padding=" for n in (1, 2, 3)},
    **{f"LPPool{n}d": "norm_type= kernel_size= stride= ceil_mode=" for n in (1, 2, 3)},
    **{f"MaxUnpool{n}d": "kernel_size= stride= padding=" for n in (1, 2, 3)},
    **{f"Adaptive{kind}Pool{n}d": "output_size=" for kind in ("Avg", "Max") for n in (1, 2, 3)},
    **{f"{kind}Pad{n}d": "padding" for kind in ("Reflection", "Replication", "Zero", "Circular") for n in (1, 2, 3)},
    **{f"ConstantPad{n}d": "padding= value=" for n in (1, 2, 3)},
    **dict.fromkeys(("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"), "p= inplace="),
    **dict.fromkeys(("ReLU", "ReLU6", "SELU", "SiLU", "Mish"), "inplace=False"),
    **dict.fromkeys(("ELU", "CELU"), "alpha= inplace=False"),
    **dict.fromkeys(("Softmax", "LogSoftmax", "Softmin", "GLU"), "dim="),
    **dict.fromkeys(("Hardshrink", "Softshrink"), "lambd"),
    "LeakyReLU": "negative_slope= inplace=False",
    "RReLU": "lower= upper= inplace=False",
    "Hardtanh": "min_val= max_val= inplace=False",
    "Threshold": "threshold= value= inplace=False",
    "Softplus": "beta= threshold=",
    "PReLU": "num_parameters=",
    "GELU": "approximate=",
    "Fold": f"output_size= {_WINDOWS}",
    "Unfold": _WINDOWS,
    "Flatten": "start_dim= end_dim=",
    "Unflatten": "dim= unflattened_size=",
    "PixelShuffle": "upscale_factor=",
    "PixelUnshuffle": "downscale_factor=",
    "ChannelShuffle": "groups=",
    **dict.fromkeys(("Upsample", "UpsamplingNearest2d", "UpsamplingBilinear2d"), "scale_factor=None size=None mode="),
}
# What MLX's own layers have no word for.
_USUAL = {"inplace": False, "norm_type": 2, "scale_grad_by_freq": False, "sparse": False, "beta": 1.0, "threshold": 20.0, "dim": -1}


def module_text(module):
    """``repr(module)`` as PyTorch writes it: its names of layers and of their settings, and equal neighbours of a `ModuleList` once."""
    module = _as_module(module)
    if not isinstance(module, nn.Module):
        return str(module)
    if type(module).__repr__ is not nn.Module.__repr__:
        return repr(module)
    lines = _said_lines(module)
    children = [(name, module_text(child)) for name, child in _named_children(module)]
    if len(lines) == 1 and not children:
        return f"{_class_name(module)}({lines[0]})"
    if _class_name(module) == "MultiheadAttention" and isinstance(module, _TorchModule):
        children = [(name, text.replace("Linear", "NonDynamicallyQuantizableLinear", 1)) for name, text in children]
    if any(cls.__name__ == "ModuleList" for cls in type(module).__mro__):
        children = _joined_equals(children)
    lines += [_indented(f"({name}): {text}") for name, text in children]
    inner = "".join(f"\n  {line}" for line in lines)
    return f"{_class_name(module)}({inner}\n)" if lines else f"{_class_name(module)}()"


def _class_name(module):
    return type(module).__name__


def _indented(text):
    return text.replace("\n", "\n  ")


def _joined_equals(children):
    joined = []
    for i, (_, text) in enumerate(children):
        if joined and joined[-1][2] == text:
            joined[-1][1] = i
        else:
            joined.append([i, i, text])
    return [(f"{a}-{b}", f"{b - a + 1} x {text}") if b > a else (a, text) for a, b, text in joined]


def _said_lines(module):
    for cls in type(module).__mro__:
        is_layer = cls.__module__.startswith("mlx.nn") or issubclass(cls, _TorchModule)
        if is_layer and cls.__name__ in _SAID:
            words = [_said(module, *word.partition("=")) for word in _SAID[cls.__name__].split()]
            said = ", ".join(word for word in words if word)
            return [said] if said else []
        if is_layer and cls.__name__ in ("ParameterList", "ParameterDict"):
            return [_said_parameter(cls.__name__, name, value) for name, value in module.items() if isinstance(value, mx.array)]
        if "_extra_repr" in vars(cls) and cls is not nn.Module:
            said = module._extra_repr()
            return said.split("\n") if said else []
    return []


def _said(module, name, is_named, usual):
    value = _setting(module, name)
    shown = repr(value) if name in ("approximate", "mode") else str(value)
    parts = value if isinstance(value, tuple) and value else (value,)
    if usual and all(str(part) in (usual, usual + ".0") for part in parts):
        return ""
    return f"{name}={shown}" if is_named else shown


def _setting(module, name):
    readers = [in_features, out_features, num_embeddings, embedding_dim, normalized_shape, elementwise_affine]
    reader = {"p": dropout_rate, **{reader.__name__: reader for reader in readers}}.get(name)
    if reader is not None:
        return reader(module)
    if name == "bias" and not isinstance(getattr(module, name, None), bool):
        return getattr(module, name, None) is not None
    if name == "approximate" and type(module) is nn.GELU:
        return "none" if module._approx == "none" else "tanh"
    if name == "num_parameters":
        return module.weight.size
    return getattr(module, name, _USUAL.get(name))


def _said_parameter(kind, name, value):
    size = "x".join(str(n) for n in value.shape)
    dtype = "torch.FloatTensor" if kind == "ParameterDict" else str(value.dtype).replace("mlx.core", "torch")
    return f"  ({name}): Parameter containing: [{dtype} of size {size}]"
