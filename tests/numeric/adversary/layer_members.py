"""What programs ask layers for: every public attribute, biases that are not there, what stands in states twice."""
import torch
import torch.nn as nn
import torch.nn.functional as F


def what(layer, name):
    if not hasattr(layer, name):
        return "missing"
    value = getattr(layer, name)
    if isinstance(value, torch.Tensor):
        return tuple(value.shape)
    if isinstance(value, nn.Module) or callable(value):
        return "something"
    if isinstance(value, (list, tuple)):
        return [tuple(v.shape) if isinstance(v, torch.Tensor) else v if isinstance(v, (int, float)) else "more" for v in value]
    return value


def members(layer, names):
    return [what(layer, name) for name in names.split()]


CONV = "in_channels out_channels kernel_size stride padding dilation transposed output_padding groups padding_mode weight bias"
NORM = "num_features eps momentum affine track_running_stats weight bias running_mean running_var num_batches_tracked"
RNN = "mode input_size hidden_size num_layers bias batch_first dropout bidirectional proj_size nonlinearity all_weights _flat_weights weight_hh_l0"


# run convolutions()
def convolutions():
    return members(nn.Conv1d(2, 4, 3), CONV), members(nn.Conv2d(2, 4, 3, bias=False), CONV), members(nn.Conv3d(2, 4, 3), CONV)


# run transposed()
def transposed():
    return members(nn.ConvTranspose1d(2, 4, 3), CONV), members(nn.ConvTranspose2d(2, 4, 3, stride=2, output_padding=1), CONV)


# run lazy_convolutions()
def lazy_convolutions():
    return members(nn.LazyConv2d(4, 3), CONV.partition(" weight")[0]), members(nn.LazyConvTranspose1d(4, 3, bias=False), CONV.partition(" weight")[0])


# run norms()
def norms():
    return members(nn.BatchNorm1d(3), NORM), members(nn.BatchNorm2d(3, affine=False), NORM), members(nn.InstanceNorm2d(3), NORM)


# run lazy_norms()
def lazy_norms():
    return members(nn.LazyBatchNorm2d(), NORM.partition(" weight")[0]), members(nn.LazyInstanceNorm1d(), NORM.partition(" weight")[0]), members(nn.SyncBatchNorm(3), "process_group")


# run recurrent()
def recurrent():
    return members(nn.LSTM(2, 3, 2, bidirectional=True), RNN), members(nn.GRU(2, 3, bias=False), RNN), members(nn.RNN(2, 3, nonlinearity="relu"), RNN)


# run projected()
def projected():
    return members(nn.LSTM(2, 3, proj_size=2), "all_weights _flat_weights mode")


# run lazy_linear()
def lazy_linear():
    return members(nn.LazyLinear(3), "in_features out_features"), members(nn.LazyLinear(3, bias=False), "bias")


# run embeddings()
def embeddings():
    return members(nn.Embedding(5, 3), "sparse scale_grad_by_freq max_norm norm_type"), members(nn.EmbeddingBag(5, 3), "sparse scale_grad_by_freq max_norm norm_type")


# run attention()
def attention():
    return members(nn.MultiheadAttention(4, 2), "q_proj_weight k_proj_weight v_proj_weight in_proj_weight"), members(nn.MultiheadAttention(4, 2, kdim=3, vdim=5), "q_proj_weight k_proj_weight v_proj_weight in_proj_weight")


# run pools()
def pools():
    return members(nn.AvgPool1d(2), "kernel_size stride padding ceil_mode"), members(nn.MaxUnpool2d(2), "kernel_size stride padding")


# run upsamplings()
def upsamplings():
    return members(nn.Upsample(scale_factor=2), "name scale_factor size"), members(nn.Upsample(size=4), "scale_factor size"), members(nn.Upsample(scale_factor=(2, 3)), "scale_factor")


# run pads()
def pads():
    return members(nn.ZeroPad2d(1), "value mode padding"), members(nn.ReflectionPad1d(1), "value mode padding"), members(nn.ConstantPad1d(1, 2.0), "value mode")


# run activations()
def activations():
    return members(nn.Sequential(nn.ReLU(inplace=True), nn.GELU())[0], "inplace")


# run adaptive()
def adaptive():
    return members(nn.AdaptiveLogSoftmaxWithLoss(4, 8, [2, 4]), "cutoffs n_clusters shortlist_size")


# run encoders()
def encoders():
    return members(nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), 1), "enable_nested_tensor mask_check num_layers norm")


def settings(net):
    found = []
    for m in net.modules():
        if isinstance(m, (nn.ReLU, nn.Dropout)):
            found.append(m.inplace)
        elif isinstance(m, nn.LayerNorm):
            found.append((tuple(m.normalized_shape), m.elementwise_affine))
        elif isinstance(m, nn.Conv2d):
            found.append((m.transposed, m.output_padding))
    return found


# run all_settings()
def all_settings():
    return settings(nn.Sequential(nn.ReLU(True), nn.Dropout(0.5), nn.LayerNorm(3), nn.LayerNorm((2, 3), elementwise_affine=False), nn.Conv2d(1, 1, 1)))


def biases(net):
    return [(getattr(m, "bias", None) is None, m.bias is None) for m in net]


def linear_of(layer, x):
    return F.linear(x, layer.weight, layer.bias)


def bias_of(layer):
    return layer.bias


# run all_biases()
def all_biases():
    return biases([nn.Linear(2, 2, bias=False), nn.Linear(2, 2), nn.LayerNorm(2, bias=False), nn.LayerNorm(2, elementwise_affine=False), nn.Conv1d(1, 1, 1, bias=False)])


# run without_bias(x) | x=f32[2,3] | check=shape
def without_bias(x):
    return linear_of(nn.Linear(3, 2, bias=False), x)


# run has_biases()
def has_biases():
    return bias_of(nn.Linear(3, 2, bias=False)) is None, bias_of(nn.Linear(3, 2)) is None


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(5, 3)
        self.mid = nn.Linear(3, 3)
        self.first = nn.Linear(3, 3)
        self.scale = nn.Parameter(torch.ones(2))
        self.head = nn.Linear(3, 5)
        self.register_buffer("steps", torch.tensor(0))
        self.w = self.mid.weight
        self.head.weight = self.emb.weight
        self.first.bias = self.mid.bias
        self.first.weight = self.mid.weight

    def forward(self, x):
        return self.head(self.first(self.mid(self.emb(x))))


# run tied_names()
def tied_names():
    m = Tied()
    return list(m.state_dict()), [n for n, _ in m.named_parameters()]


# run tied_keys()
def tied_keys():
    found = []
    for state in ({"mid.weight": torch.zeros(3, 3), "z": torch.ones(1)}, {"emb.weight": torch.zeros(5, 3)}, {"head.weight": torch.ones(5, 3)}):
        m = Tied()
        keys = m.load_state_dict(state, strict=False)
        found += [keys.missing_keys, keys.unexpected_keys]
    return found, m.emb.weight


class Counters(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("n", torch.tensor(0))
        self.register_buffer("k", torch.tensor([1, 2]))
        self.register_buffer("r", torch.arange(3))
        self.register_buffer("f", torch.tensor(0.5))
        self.register_buffer("b", torch.tensor(True))

    def forward(self, x):
        self.n += 1
        return x


# run dtypes()
def dtypes():
    return [(k, str(v.dtype).split(".")[-1]) for k, v in Counters().state_dict().items()]


def restored(lazy: nn.Module, known: nn.Module, x):
    for p in known.parameters():
        nn.init.constant_(p, 0.25)
    net = nn.Sequential(lazy)
    net.load_state_dict({"0." + k: v for k, v in known.state_dict().items()})
    return net(x), list(net.state_dict())


# run lazily(x, y) | x=f32[3,2] | y=f32[2,2,4]
def lazily(x, y):
    return [
        restored(nn.LazyLinear(3), nn.Linear(2, 3), x),
        restored(nn.LazyConv1d(3, 2), nn.Conv1d(2, 3, 2), y),
        restored(nn.LazyBatchNorm1d(), nn.BatchNorm1d(2), x),
    ]


# run replaced(x) | x=f32[2,3]
def replaced(x):
    net = Nested()
    for p in net.parameters():
        nn.init.constant_(p, 0.5)
    sizes = [len(net.get_submodule("nested")), len(net.get_submodule("nested.0")), len(list(net.get_submodule("nested").children()))]
    for name, module in list(net.named_modules()):
        if isinstance(module, nn.Linear) and name.endswith("1"):
            parent = net.get_submodule(name.rpartition(".")[0])
            setattr(parent, name.rpartition(".")[2], nn.Identity())
    net.get_submodule("nested.1").append(nn.Tanh())
    return net(x), sizes, list(net.state_dict()), [type(m).__name__ for m in net.modules()]


class Nested(nn.Module):
    def __init__(self):
        super().__init__()
        self.nested = nn.ModuleList([nn.ModuleList([nn.Linear(3, 3) for _ in range(2)]) for _ in range(2)])

    def forward(self, x):
        for layers in self.nested:
            for layer in layers:
                x = layer(x)
        return x
