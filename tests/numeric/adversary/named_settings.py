"""Settings of layers that are set by names which only the run knows."""

import torch
import torch.nn as nn


def filled(model):
    with torch.no_grad():
        for k, p in enumerate(model.parameters()):
            p.copy_(torch.sin(torch.arange(p.numel(), dtype=torch.float32) * 0.9 + k).reshape(p.shape) * 0.4)
    return model


# run rates_of_table(x) | x=f32[8,6] | weights=own
def rates_of_table(x):
    model = filled(nn.Sequential(nn.Linear(6, 4), nn.Dropout(0.5)))
    settings = {"p": 0.0}
    for m in model.modules():
        if isinstance(m, nn.Dropout):
            for k, v in settings.items():
                setattr(m, k, v)
    model.train()
    return model(x)


def change(model, settings):
    for m in model.modules():
        if isinstance(m, nn.Dropout):
            for k, v in settings.items():
                setattr(m, k, v)
    return model


# run rates_of_argument(x) | x=f32[8,6] | weights=own
def rates_of_argument(x):
    model = filled(nn.Sequential(nn.Linear(6, 4), nn.Dropout(0.5), nn.Linear(4, 4), nn.Dropout(0.3)))
    change(model, dict(p=0.0))
    model.train()
    return model(x), [m.p for m in model.modules() if isinstance(m, nn.Dropout)]


# run rate_by_name(x) | x=f32[8,6] | weights=own
def rate_by_name(x):
    model = filled(nn.Sequential(nn.Linear(6, 4), nn.Dropout(0.5)))
    for m in model.modules():
        if hasattr(m, "p"):
            setattr(m, "p", 0.0)
    model.train()
    return model(x)


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 4)
        self.scale = 1.0
        self.p = 0.5

    def forward(self, x):
        return self.fc(x) * self.scale + self.p


# run own_settings(x) | x=f32[8,6] | weights=own
def own_settings(x):
    model = filled(Scaled())
    for k, v in {"scale": 3.0, "p": 0.25}.items():
        setattr(model, k, v)
    return model(x), model.p, model.scale


# run own_arrays(x) | x=f32[8,6] | weights=own
def own_arrays(x):
    model = filled(Scaled())
    for k, v in {"scale": torch.ones(4) * 2, "shift": torch.zeros(4)}.items():
        setattr(model, k, v)
    return model(x) + model.shift, len(list(model.parameters())), sorted(model.state_dict())


class Args:
    pass


# run plain_object(x) | x=f32[3]
def plain_object(x):
    args = Args()
    for k, v in {"p": 0.5, "scale": x}.items():
        setattr(args, k, v)
    return args.p, args.scale * 2
