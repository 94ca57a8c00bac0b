"""Weights that are cast or replaced by names that only the run knows."""

import torch
import torch.nn as nn


def filled(model):
    with torch.no_grad():
        for k, p in enumerate(model.parameters()):
            p.copy_(torch.sin(torch.arange(p.numel(), dtype=torch.float32) * 0.9 + k).reshape(p.shape) * 0.4)
    return model


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 4, 1)
        self.fc = nn.Linear(4, 4, bias=False)
        self.attn = nn.MultiheadAttention(4, 2)
        self.norm = nn.LayerNorm(4)
        self.proj = nn.Parameter(torch.zeros(4, 2))
        self.text_projection = None


def convert_weights(model: nn.Module):
    def _convert_weights_to_fp16(l):
        if isinstance(l, (nn.Conv1d, nn.Conv2d, nn.Linear)):
            l.weight.data = l.weight.data.half()
            if l.bias is not None:
                l.bias.data = l.bias.data.half()

        if isinstance(l, nn.MultiheadAttention):
            for attr in [*[f"{s}_proj_weight" for s in ["in", "q", "k", "v"]], "in_proj_bias", "bias_k", "bias_v"]:
                tensor = getattr(l, attr)
                if tensor is not None:
                    tensor.data = tensor.data.half()

        for name in ["text_projection", "proj"]:
            if hasattr(l, name):
                attr = getattr(l, name)
                if attr is not None:
                    attr.data = attr.data.half()

    model.apply(_convert_weights_to_fp16)


# run cast(x) | x=f32[2,3,5] | weights=own
def cast(x):
    model = filled(Net())
    convert_weights(model)
    return {k: (str(v.dtype).split(".")[-1], list(v.shape)) for k, v in model.state_dict().items()}, model.proj.float() * 2


def scale(layer, names, by):
    for name in names:
        weight = getattr(layer, name)
        weight.data = weight.data * by


# run scaled(x) | x=f32[2,4] | weights=own
def scaled(x):
    layer = filled(nn.Linear(4, 3))
    scale(layer, ["weight", "bias"], 2.0)
    return layer(x)


# run read_later(x) | x=f32[2,4] | weights=own
def read_later(x):
    layer = filled(nn.Linear(4, 3, bias=False))
    w = getattr(layer, "weight")
    w.data = w.data * 2
    return layer(x), w.sum()
