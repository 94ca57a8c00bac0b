"""What parameters and buffers hold before training: the same distribution, layer by layer and initialiser by initialiser."""
import math

import torch
import torch.nn as nn
from torch.nn import init


def shape_of(values: torch.Tensor):
    """Of a constant its value; else spread, shift, tails and the largest value, each free of scale."""
    mean, deviation = values.mean(), values.std()
    if deviation < 1e-6 + 1e-3 * mean.abs():
        return mean
    scaled = (values - mean) / deviation
    return deviation.log(), mean / deviation, (scaled ** 4).mean().sqrt(), scaled.abs().max().clamp(max=3.0)


def drawn(layers: nn.ModuleList):
    """The distribution of every parameter and buffer, over many layers of one kind."""
    found = {}
    for name, value in layers.state_dict().items():
        found.setdefault(name.split(".", 1)[1], []).append(value.flatten().float())
    return {name: shape_of(torch.cat(values)) for name, values in found.items()}


# run linears() | weights=own | tol=0.03
def linears():
    torch.manual_seed(0)
    return [
        drawn(nn.ModuleList([nn.Linear(100, 500) for _ in range(20)])),
        drawn(nn.ModuleList([nn.Linear(50, 50, bias=False) for _ in range(10)])),
        drawn(nn.ModuleList([nn.Linear(1, 20000)])),
        drawn(nn.ModuleList([nn.Bilinear(10, 10, 1000) for _ in range(10)])),
    ]


# run embeddings() | weights=own | tol=0.03
def embeddings():
    torch.manual_seed(0)
    return [
        drawn(nn.ModuleList([nn.Embedding(500, 64)])),
        drawn(nn.ModuleList([nn.Embedding(1000, 64, padding_idx=0)])),
        drawn(nn.ModuleList([nn.Embedding(1000, 64, max_norm=1.0)])),
        drawn(nn.ModuleList([nn.EmbeddingBag(1000, 64, mode="sum")])),
        nn.Embedding(10, 4, padding_idx=-2).weight[8],
        nn.EmbeddingBag(10, 4, padding_idx=3).weight[3],
    ]


# run convolutions() | weights=own | tol=0.03
def convolutions():
    torch.manual_seed(0)
    return [
        drawn(nn.ModuleList([nn.Conv1d(16, 64, 5) for _ in range(200)])),
        drawn(nn.ModuleList([nn.Conv2d(16, 64, 3) for _ in range(200)])),
        drawn(nn.ModuleList([nn.Conv2d(64, 64, 3, groups=64) for _ in range(200)])),
        drawn(nn.ModuleList([nn.Conv2d(32, 64, (1, 7), padding_mode="circular", bias=False) for _ in range(5)])),
        drawn(nn.ModuleList([nn.Conv3d(8, 64, 3, groups=2) for _ in range(200)])),
    ]


# run transposed() | weights=own | tol=0.03
def transposed():
    torch.manual_seed(0)
    return [
        drawn(nn.ModuleList([nn.ConvTranspose1d(16, 64, 5) for _ in range(200)])),
        drawn(nn.ModuleList([nn.ConvTranspose2d(12, 100, 4, 2, 1) for _ in range(100)])),
        drawn(nn.ModuleList([nn.ConvTranspose2d(32, 64, 3, groups=4) for _ in range(200)])),
        drawn(nn.ModuleList([nn.ConvTranspose3d(8, 64, 3, bias=False) for _ in range(5)])),
    ]


# run norms() | weights=own
def norms():
    return [
        drawn(nn.ModuleList([layer]))
        for layer in (
            nn.BatchNorm1d(5), nn.BatchNorm2d(5, affine=False), nn.BatchNorm3d(5, track_running_stats=False), nn.SyncBatchNorm(5),
            nn.LayerNorm(6), nn.LayerNorm((2, 3), bias=False), nn.LayerNorm(6, elementwise_affine=False), nn.RMSNorm(6), nn.GroupNorm(2, 6),
            nn.InstanceNorm1d(4, affine=True), nn.InstanceNorm2d(4, affine=True, track_running_stats=True), nn.InstanceNorm3d(4),
            nn.PReLU(), nn.PReLU(7, init=0.1),
        )
    ]


# run recurrent() | weights=own | tol=0.03
def recurrent():
    torch.manual_seed(0)
    return [
        drawn(nn.ModuleList([nn.RNN(20, 64, num_layers=2, nonlinearity="relu") for _ in range(100)])),
        drawn(nn.ModuleList([nn.GRU(20, 64, bidirectional=True) for _ in range(50)])),
        drawn(nn.ModuleList([nn.LSTM(20, 64, proj_size=32) for _ in range(50)])),
        drawn(nn.ModuleList([nn.RNNCell(20, 64) for _ in range(200)])),
        drawn(nn.ModuleList([nn.GRUCell(20, 64) for _ in range(80)])),
        drawn(nn.ModuleList([nn.LSTMCell(20, 64) for _ in range(80)])),
    ]


# run attentions() | weights=own | tol=0.06
def attentions():
    torch.manual_seed(0)
    return [
        drawn(nn.ModuleList([nn.MultiheadAttention(64, 4) for _ in range(5)])),
        drawn(nn.ModuleList([nn.MultiheadAttention(64, 4, kdim=48, vdim=32, bias=False) for _ in range(10)])),
        drawn(nn.ModuleList([nn.MultiheadAttention(64, 4, add_bias_kv=True) for _ in range(200)])),
        drawn(nn.ModuleList([nn.TransformerEncoderLayer(32, 4, 128) for _ in range(100)])),
        drawn(nn.ModuleList([nn.TransformerDecoderLayer(64, 4, 128, bias=False) for _ in range(10)])),
    ]


# run transformers() | weights=own | tol=0.06
def transformers():
    torch.manual_seed(0)
    stack = nn.TransformerEncoder(nn.TransformerEncoderLayer(64, 4, 128), 2, norm=nn.LayerNorm(64))
    same = [torch.equal(a, b) for a, b in zip(stack.layers[0].state_dict().values(), stack.layers[1].state_dict().values())]
    decoders = nn.TransformerDecoder(nn.TransformerDecoderLayer(16, 4, 32), 2)
    same += [torch.equal(a, b) for a, b in zip(decoders.layers[0].state_dict().values(), decoders.layers[1].state_dict().values())]
    return same, drawn(nn.ModuleList([nn.Transformer(32, 4, 1, 1, 128) for _ in range(60)]))


# run adaptive() | weights=own | tol=0.04
def adaptive():
    torch.manual_seed(0)
    return drawn(nn.ModuleList([nn.AdaptiveLogSoftmaxWithLoss(64, 900, [300, 600], head_bias=True) for _ in range(40)]))


# run again() | weights=own | tol=0.03
def again():
    """`reset_parameters` draws from the same distribution again."""
    torch.manual_seed(0)
    layers = [
        nn.Linear(100, 400), nn.Conv2d(16, 64, 3), nn.ConvTranspose2d(16, 64, 3, bias=False), nn.Embedding(300, 64), nn.LSTM(20, 64),
        nn.MultiheadAttention(64, 4, bias=False), nn.LayerNorm(8), nn.BatchNorm2d(8), nn.GroupNorm(2, 8), nn.Bilinear(20, 20, 50, bias=False), nn.PReLU(3),
        nn.GRUCell(30, 40), nn.RMSNorm(8),
    ]
    found = []
    for layer in layers:
        for p in layer.parameters():
            nn.init.constant_(p, 7.0)
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()
        elif hasattr(layer, "_reset_parameters"):
            layer._reset_parameters()
        found.append({name: shape_of(p.flatten()) for name, p in layer.named_parameters() if p.numel() > 1000 or p.std() == 0})
    return found


def filled(fill, *shape):
    return shape_of(fill(torch.empty(*shape)).flatten())


# run initialisers() | weights=own | tol=0.03
def initialisers():
    torch.manual_seed(0)
    return [
        filled(init.uniform_, 300, 200), filled(init.normal_, 300, 200), filled(init.trunc_normal_, 300, 200),
        filled(init.ones_, 3, 2), filled(init.zeros_, 3, 2), filled(init.eye_, 300, 200),
        filled(init.xavier_uniform_, 300, 100), filled(init.xavier_normal_, 300, 100), filled(init.kaiming_uniform_, 300, 100), filled(init.kaiming_normal_, 300, 100),
        filled(init.orthogonal_, 200, 300), filled(init.orthogonal_, 300, 20, 3, 3), filled(init.dirac_, 30, 20, 3, 3),
    ]


# run arguments() | weights=own | tol=0.03
def arguments():
    torch.manual_seed(0)
    w = lambda: torch.empty(256, 64, 3)
    return [
        shape_of(x.flatten())
        for x in (
            init.uniform_(w(), -0.1, 0.3), init.uniform_(w(), b=0.5), init.normal_(w(), 1.0, 0.02), init.normal_(w(), std=0.02), init.normal_(w(), mean=-3),
            init.trunc_normal_(w(), std=0.02), init.trunc_normal_(w(), 0.0, 0.02, -0.02, 0.04), init.trunc_normal_(w(), mean=1, std=2), init.trunc_normal_(w(), std=5.0),
            init.constant_(w(), 0.3), init.xavier_uniform_(w(), gain=2.0), init.xavier_normal_(w(), init.calculate_gain("tanh")),
            init.xavier_uniform_(w(), init.calculate_gain("relu")),
            init.kaiming_uniform_(w(), a=math.sqrt(5)), init.kaiming_uniform_(w(), mode="fan_out", nonlinearity="relu"),
            init.kaiming_normal_(w(), 0.2, "fan_out"), init.kaiming_normal_(w(), nonlinearity="linear"), init.kaiming_normal_(w(), mode="fan_out", nonlinearity="relu"),
            init.kaiming_uniform_(w(), nonlinearity="selu"), init.kaiming_normal_(w(), nonlinearity="sigmoid"),
            init.orthogonal_(w(), gain=3), init.sparse_(torch.empty(300, 200), 0.3, std=0.5), init.sparse_(torch.empty(300, 200), sparsity=0.9),
            init.dirac_(w(), groups=2),
        )
    ]


# run written() | weights=own | tol=0.03
def written():
    """The spellings that people use in place of the functions."""
    torch.manual_seed(0)
    a, b, c, d = (nn.Linear(200, 300) for _ in range(4))
    a.weight.data.normal_(0.0, 0.02)
    a.bias.data.zero_()
    b.weight.data.uniform_(-0.1, 0.1)
    b.bias.data.fill_(0.5)
    with torch.no_grad():
        c.weight.normal_(mean=1.0, std=0.5)
        c.bias.copy_(torch.linspace(-1, 1, 300))
        d.weight.copy_(torch.randn(300, 200) * 0.3)
        d.bias.uniform_(0, 1)
    e = nn.Parameter(torch.randn(400, 100) / math.sqrt(100))
    f = nn.Parameter(torch.rand(400, 100))
    g = nn.Parameter(torch.empty(400, 100).normal_(std=0.3))
    h = nn.Parameter(torch.Tensor(400, 100).uniform_(-1, 1))
    return [[shape_of(p.flatten()) for p in m.parameters() if p.numel() > 300] for m in (a, b, c, d)], [shape_of(p.flatten()) for p in (e, f, g, h)]


# run scaled(Scaled()) | weights=own | tol=0.04
class Scaled(nn.Module):
    """GPT's scheme: by type of the layer, and again by name."""

    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(200, 64)
        self.fc = nn.Linear(64, 256)
        self.proj = nn.Linear(256, 64)
        self.norm = nn.LayerNorm(64)
        self.conv = nn.Conv1d(64, 64, 3)
        self.plain = nn.Embedding(300, 64)
        torch.manual_seed(0)
        for m in self.modules():
            if isinstance(m, nn.Conv1d):
                nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
                if m.bias is not None:
                    nn.init.zeros_(m.bias)
        self.fc.apply(self._init_weights)
        self.emb.apply(self._init_weights)
        self.proj.apply(self._init_weights)
        for name, p in self.named_parameters():
            if name.endswith("proj.weight"):
                torch.nn.init.normal_(p, mean=0.0, std=0.02 / math.sqrt(2 * 12))

    def _init_weights(self, module):
        if isinstance(module, nn.Linear):
            torch.nn.init.normal_(module.weight, mean=0.0, std=0.02)
            if module.bias is not None:
                torch.nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            torch.nn.init.normal_(module.weight, mean=0.0, std=0.02)


def scaled(model: Scaled):
    return {name: shape_of(p.flatten()) for name, p in model.named_parameters() if p.numel() > 1000 or p.std() == 0}
