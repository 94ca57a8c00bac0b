"""What a checkpoint of these classes has to hold. A class names those of its parameters that not all of its instances have in `open`."""

from collections import OrderedDict

import torch
import torch.nn as nn


class Norms(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm2d(6)
        self.gn = nn.GroupNorm(2, 6)
        self.ln = nn.LayerNorm(6)
        self.plain = nn.BatchNorm2d(6, affine=False)
        self.bare = nn.LayerNorm(6, elementwise_affine=False)
        self.unbiased = nn.LayerNorm(6, bias=False)
        self.inst = nn.InstanceNorm2d(6, affine=True)
        self.fc = nn.Linear(3, 3, bias=True)


class Recurrent(nn.Module):
    def __init__(self, layers=2):
        super().__init__()
        self.gru = nn.GRU(3, 3)
        self.lstm = nn.LSTM(3, 3, 2, bidirectional=True)
        self.rnn = nn.RNN(3, 3, num_layers=3, bias=False)
        self.some = nn.GRU(3, 3, layers)
        self.cell = nn.LSTMCell(3, 3)

    open = ["some.weight_ih_l1", "some.weight_hh_l1", "some.bias_ih_l1", "some.bias_hh_l1"]


class Lists(nn.Module):
    def __init__(self, n=3):
        super().__init__()
        self.keys = nn.ParameterList([nn.Parameter(torch.zeros(3))])
        self.gains = nn.ParameterList([nn.Parameter(torch.zeros(3)) for _ in range(2)])
        self.table = nn.ParameterDict({"a": nn.Parameter(torch.zeros(2))})
        self.heads = nn.ModuleDict({"x": nn.Linear(2, 2), "y": nn.Conv1d(2, 2, 1, bias=False)})
        self.net = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 3)))
        self.named = nn.Sequential(OrderedDict([("fc", nn.Linear(3, 3)), ("act", nn.ReLU())]))
        self.layers = nn.ModuleList([nn.Linear(3, 3) for _ in range(n)])
        self.all = nn.Sequential(*[nn.Sequential(nn.Conv1d(3, 3, 1), nn.BatchNorm1d(3)) for _ in range(n)])


class Conditional(nn.Module):
    """Nothing of it has to be there but the first layer."""

    def __init__(self, bias=False, affine=False, tail=False, **norm):
        super().__init__()
        self.fc = nn.Linear(3, 3, bias=bias)
        self.bn = nn.BatchNorm1d(3, affine=affine)
        self.ln = nn.LayerNorm(3, elementwise_affine=affine)
        self.inst = nn.InstanceNorm1d(3, affine=affine)
        self.gn = nn.GroupNorm(1, 3, **(norm or {"affine": False}))
        self.gru = nn.GRU(3, 3, bias=bias, bidirectional=tail)
        if tail:
            self.tail = nn.Linear(3, 3)
        self.net = nn.Sequential(nn.Linear(3, 3, bias), nn.BatchNorm1d(3, affine=affine))
        self.list = nn.ModuleList([nn.Linear(3, 3, bias=i > 0) for i in range(2)])

    open = ["list.1.bias"]


class Changed(nn.Module):
    """What the constructor takes away again, or others do."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.fc.bias = None
        self.out = nn.Linear(3, 3)
        self.out.register_parameter("bias", None)
        self.net = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3))
        self.net[1] = nn.Identity()
        self.layers = nn.ModuleList([nn.Linear(3, 3), nn.Linear(3, 3)])
        del self.layers[0]
        self.blocks = nn.ModuleList([nn.Linear(3, 3) for _ in range(2)])
        self.blocks.append(nn.Linear(3, 3, bias=False))
        self.classifier = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))

    # Of what was touched nothing is known.
    open = [
        "out.weight", "net.0.weight", "net.0.bias", "layers.0.weight", "layers.0.bias", "classifier.0.weight", "classifier.0.bias",
        "classifier.1.weight", *[f"blocks.{i}.{name}" for i in range(3) for name in ["weight", "bias"]],
    ]


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.norm = nn.BatchNorm1d(3)


class Derived(Base):
    def __init__(self):
        super().__init__()
        self.fc.bias = None


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(5, 3)
        self.out = nn.Sequential(nn.LayerNorm(3), nn.Linear(3, 5, bias=False))
        self.out[1].weight = self.emb.weight
        self.bn = nn.BatchNorm1d(5)

    open = ["out.1.weight", "emb.weight"]


class Added(nn.Module):
    """Children by name."""

    def __init__(self, n=2):
        super().__init__()
        self.add_module("first", nn.Linear(3, 3))
        self.net = nn.Sequential()
        self.net.add_module("conv", nn.Conv1d(3, 3, 1))
        self.net.add_module("act", nn.ReLU())
        self.net.add_module("norm", nn.BatchNorm1d(3))
        self.many = nn.Sequential()
        for i in range(n):
            self.many.add_module(f"fc{i}", nn.Linear(3, 3))
        self.twice = nn.Sequential()
        self.twice.add_module("fc", nn.Linear(3, 3))
        self.twice.add_module("fc", nn.Linear(3, 3, bias=False))
        if n > 2:
            self.add_module("last", nn.Linear(3, 3))

    open = [f"many.fc{i}.{name}" for i in range(2) for name in ["weight", "bias"]] + ["twice.fc.weight"]


class Attention(nn.Module):
    def __init__(self, width=4, bias=True):
        super().__init__()
        layer = nn.TransformerDecoderLayer(4, 2, 8)
        self.attn = nn.MultiheadAttention(4, 2)
        self.some = nn.MultiheadAttention(4, 2, bias=bias)
        self.cross = nn.MultiheadAttention(4, 2, kdim=width)
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8), 2, norm=nn.LayerNorm(4))
        self.decoder = nn.TransformerDecoder(layer, 1)
        self.blocks = nn.ModuleList([nn.TransformerEncoderLayer(4, 2, 8) for _ in range(width // 2)])

    # A layer that has a name may be made with other arguments.
    open = ["some.in_proj_bias", "some.out_proj.bias", "cross.in_proj_weight"] + [
        f"decoder.layers.0.{name}.{bias}" for name, bias in [
            ("self_attn", "in_proj_bias"), ("self_attn.out_proj", "bias"), ("multihead_attn", "in_proj_bias"), ("multihead_attn.out_proj", "bias"),
            ("linear1", "bias"), ("linear2", "bias"), ("norm1", "bias"), ("norm2", "bias"), ("norm3", "bias"),
        ]
    ]


class Whole(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = nn.Transformer(4, 2, 1, 1, 8)


def replaced():
    model = Changed()
    model.classifier[1] = nn.Linear(3, 3, bias=False)
    return model
