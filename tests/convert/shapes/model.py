"""Layers whose shapes are certain, and layers whose shapes are not."""

import torch
import torch.nn as nn


def conv3x3(planes):
    return nn.Conv2d(3, planes, 3)


class Numbers(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 6, (3, 2), groups=2)
        self.up = nn.ConvTranspose2d(4, 6, kernel_size=3, groups=2)
        self.one = nn.Conv1d(in_channels=2, out_channels=4, kernel_size=3, bias=False)
        self.fc = nn.Linear(2 * 3 * 3, 5)
        self.two = nn.Bilinear(2, 3, 4)
        self.emb = nn.Embedding(7, 3, padding_idx=0)
        self.bn = nn.BatchNorm2d(6)
        self.ln = nn.LayerNorm((3, 2))
        self.gn = nn.GroupNorm(2, 6)
        self.act = nn.PReLU()
        self.lstm = nn.LSTM(3, 4, 2, bidirectional=True)
        self.gru = nn.GRU(3, 4, bias=False)
        self.cell = nn.LSTMCell(3, 4)
        self.attn = nn.MultiheadAttention(4, 2)
        self.net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Sequential(nn.Linear(4, 2)))
        self.heads = nn.ModuleDict({"a": nn.Linear(3, 2)})
        self.layers = nn.ModuleList([nn.Linear(3, 3) for _ in range(2)])
        self.add_module("last", nn.Linear(2, 3))

    # The second layer's input is the first one's output, in each direction.
    sizes = ["lstm.weight_ih_l1", "lstm.weight_ih_l1_reverse", *[f"lstm.weight_hh_l{i}{end}" for i in range(2) for end in ["", "_reverse"]]]


class Arguments(nn.Module):
    """Others may make it with other sizes than the defaults; how many axes there are, is certain."""

    def __init__(self, width=4, kernel=3, shape=(3,)):
        super().__init__()
        self.fc = nn.Linear(width, width)
        self.conv = nn.Conv2d(width, width, kernel)
        self.ln = nn.LayerNorm(shape)
        self.made = conv3x3(width)
        self.layers = nn.ModuleList([nn.Linear(width, width, bias=False) for _ in range(2)])

    sizes = ["fc.weight", "fc.bias", "conv.weight", "conv.bias", "made.weight", "made.bias", "layers.0.weight", "layers.1.weight"]
    open = ["ln.weight", "ln.bias"]


class Replaced(nn.Module):
    """What is put in the place of a layer or of its weights."""

    def __init__(self, n=3):
        super().__init__()
        self.odd = nn.Linear(3, 4)
        self.odd.weight = nn.Parameter(torch.zeros(2, 3, 3))
        self.first = nn.Conv2d(3, 4, 3)
        self.data = nn.Linear(3, 4)
        self.data.weight.data = self.data.weight.data[:2].t()
        self.classifier = nn.Linear(3, 10)
        self.tail = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 10))
        self.branch = nn.Linear(3, 4)
        if n > 3:
            self.branch = nn.Linear(n, 4)
        self.named = nn.Linear(3, 4)
        self.kept = nn.Linear(3, 4)

    def reset(self, n):
        self.branch = nn.Linear(3, n)

    sizes = ["branch.weight", "branch.bias", "named.weight", "named.bias", "tail.0.weight", "tail.0.bias", "tail.1.weight", "tail.1.bias"]
    open = [f"{layer}.{name}" for layer in ["odd", "first", "data", "classifier"] for name in ["weight", "bias"]]


class Alike(nn.Module):
    """Others replace a layer of this name in another class."""

    def __init__(self):
        super().__init__()
        self.classifier = nn.Linear(3, 10)


class Changed(nn.Module):
    """Others put another layer into what is this class or inherits it."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(3, 4)

    open = ["head.weight", "head.bias"]


class Inherits(Changed):
    def __init__(self):
        super().__init__()
        self.stem = nn.Linear(3, 3)


class Unknown(nn.Module):
    """Others put another layer into what may be anything."""

    def __init__(self):
        super().__init__()
        self.tip = nn.Linear(3, 4)

    open = ["tip.weight", "tip.bias"]


def with_head(model: Changed, layer):
    model.head = layer
    return model


def with_tip(model, layer):
    model.tip = layer
    return model


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 4)
        self.same = nn.Linear(3, 4)


class Derived(Base):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)

    sizes = ["fc.weight", "fc.bias"]


class Wide(nn.Linear):
    def __init__(self):
        super().__init__(3, 4)
        self.weight = nn.Parameter(torch.zeros(2, 4, 3))

    open = ["weight", "bias"]


class Parts(nn.Module):
    """A base's attribute may be of a class that inherits it."""

    def __init__(self, make=Base):
        super().__init__()
        self.part = make()
        self.base = Base()
        self.wide = Wide()

    open = ["wide.weight", "wide.bias", *[f"part.{layer}.{name}" for layer in ["fc", "same"] for name in ["weight", "bias"]]]
    sizes = [f"base.{layer}.{name}" for layer in ["fc", "same"] for name in ["weight", "bias"]]


def others():
    model = Replaced()
    model.first.weight = nn.Parameter(model.first.weight.mean(1, keepdim=True))
    model.classifier = nn.Conv1d(3, 2, 1)
    model.tail[1] = nn.Linear(3, 2)
    setattr(model, "named", nn.Linear(3, 2))
    yield "Replaced", model
    yield "Arguments", Arguments(5, (1, 2), (2, 4))
    yield "Replaced", Replaced(5)
    yield "Inherits", with_head(Inherits(), nn.Conv1d(3, 2, 1))
    yield "Unknown", with_tip(Unknown(), nn.Conv1d(3, 2, 1))
