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


# run by_dict(x) | x=f32[4,6]
def by_dict(x):
    a, b, c = nn.Dropout(0.5), nn.LayerNorm(6), nn.LeakyReLU(0.5)
    a.__dict__["p"] = 0.0
    b.__dict__["eps"] = 0.5
    c.__dict__["negative_slope"] = 0.1
    return a(x), b(x), c(x)


# run by_update(x) | x=f32[4,6]
def by_update(x, cfg=dict(p=0.0)):
    a, b, c = nn.Dropout(0.5), nn.LayerNorm(6), nn.LeakyReLU(0.5)
    a.__dict__.update(cfg)
    b.__dict__.update(eps=0.5)
    vars(c)["negative_slope"] = 0.1
    return a(x), b(x), c(x)


def tune(module, key, value):
    module.__dict__[key] = value
    return module


# run by_tune(x) | x=f32[4,6]
def by_tune(x):
    return tune(nn.Dropout(0.5), "p", 0.0)(x), tune(nn.LayerNorm(6), "eps", 0.5)(x)


def walk(model, cfg):
    for m in model.modules():
        for k, v in cfg.items():
            if hasattr(m, k):
                setattr(m, k, v)


# run walked(x) | x=f32[4,6]
def walked(x):
    m = filled(nn.Sequential(nn.Linear(6, 4), nn.LayerNorm(4), nn.Dropout(0.5), nn.LeakyReLU(0.3), nn.BatchNorm1d(4)))
    m.train()
    walk(m, {"p": 0.0, "eps": 0.3, "negative_slope": 0.0, "momentum": 0.9})
    return m(x), m[4].running_mean


# run lambda_set(x) | x=f32[4,6]
def lambda_set(x):
    m = filled(nn.Sequential(nn.Linear(6, 4), nn.Dropout(0.5), nn.LeakyReLU(0.3)))
    m.train()
    for k, v in [("p", 0.0), ("negative_slope", 0.9)]:
        [setattr(l, k, v) for l in m if hasattr(l, k)]
    return m(x)


class Mlp(nn.Module):
    def __init__(self, **kw):
        super().__init__()
        self.fc = nn.Linear(6, 4)
        self.drop = nn.Dropout(0.5)
        self.norm = nn.LayerNorm(4)
        self.scale = 1.0
        self.__dict__.update(kw)

    def forward(self, x):
        return self.norm(self.drop(self.fc(x))) * self.scale


# run m = Mlp(scale=3.0); m.drop.p = 0.0; m(x) | model=m | x=f32[4,6]
# run m = configured(Mlp(), {"drop": {"p": 0.0}, "norm": {"eps": 0.3}}); m(x) | model=m | x=f32[4,6]
def configured(model, table):
    for name, options in table.items():
        layer = getattr(model, name)
        for key, value in options.items():
            setattr(layer, key, value)
    return model


# run m = by_path(Mlp(), {"drop.p": 0.0, "norm.eps": 0.4, "scale": 2.0}); m(x) | model=m | x=f32[4,6]
def by_path(model, table):
    for path, value in table.items():
        *above, key = path.split(".")
        at = model
        for name in above:
            at = getattr(at, name)
        setattr(at, key, value)
    return model


# run m = typed(Mlp(), 0.0, 0.2); m(x) | model=m | x=f32[4,6]
def typed(model: Mlp, rate, eps):
    for layer, key, value in ((model.drop, "p", rate), (model.norm, "eps", eps)):
        setattr(layer, key, value)
    return model
