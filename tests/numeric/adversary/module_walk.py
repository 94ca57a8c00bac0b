"""Modules as their users handle them: state dicts that are edited, hooks, averages, counts, and containers that change after they are made."""
import copy
from collections import OrderedDict, defaultdict
from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, dim=4):
        super().__init__()
        self.stem = nn.Sequential(nn.Linear(3, dim), nn.BatchNorm1d(dim), nn.ReLU())
        self.blocks = nn.ModuleList([nn.Linear(dim, dim) for _ in range(2)])
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, 2)
        self.register_buffer("steps", torch.zeros(1, dtype=torch.long))

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = x + torch.tanh(block(x))
        return self.head(self.norm(x))


# run counting(Net())
def counting(model):
    total = sum(p.numel() for p in model.parameters())
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    by_child = {name: sum(p.numel() for p in child.parameters()) for name, child in model.named_children()}
    buffers = sum(b.nelement() * b.element_size() for b in model.buffers())
    size = sum(p.nelement() * p.element_size() for p in model.parameters())
    shapes = {n: tuple(p.shape) for n, p in model.named_parameters() if p.dim() > 1}
    deepest = max(n.count(".") for n, _ in model.named_modules())
    return total, trained, by_child, buffers, size, shapes, deepest


# run m = Net(); strip(m) | model=m
def strip(model: nn.Module):
    state = model.state_dict()
    wrapped = OrderedDict((f"module.{k}", v) for k, v in state.items())
    clean = {k.removeprefix("module."): v for k, v in wrapped.items()}
    clean.pop("head.weight")
    clean.pop("head.bias")
    clean["extra"] = torch.ones(1)
    result = model.load_state_dict(clean, strict=False)
    missing, unexpected = model.load_state_dict(clean, strict=False)
    return result.missing_keys, result.unexpected_keys, missing, unexpected, len(clean)


# run m = Net(); strict_error(m)
def strict_error(model: nn.Module):
    state = model.state_dict()
    del state["head.bias"]
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        return "head.bias" in str(error)
    return "no error"


# run m = Net(); shape_error(m)
def shape_error(model: nn.Module):
    state = model.state_dict()
    state["head.weight"] = torch.zeros(5, 4)
    try:
        model.load_state_dict(state, strict=False)
    except RuntimeError as error:
        return "head.weight" in str(error)
    return "no error"


# run m = Net(); matching(m) | model=m
def matching(model: nn.Module):
    pretrained = {k: torch.full_like(v, 2) for k, v in model.state_dict().items()}
    pretrained["head.weight"] = torch.zeros(7, 4)
    own = model.state_dict()
    same = {k: v for k, v in pretrained.items() if k in own and v.shape == own[k].shape}
    own.update(same)
    model.load_state_dict(own)
    return sorted(same), model.blocks[0].weight.sum(), model.head.weight.shape


# run m = Net(); frozen(m, x) | model=m | x=f32[5,3]
def frozen(model: nn.Module, x):
    for name, p in model.named_parameters():
        p.requires_grad = "head" in name or name.startswith("blocks.1")
    for m in model.modules():
        if isinstance(m, nn.BatchNorm1d):
            m.eval()
            m.weight.requires_grad_(False)
    left = [n for n, p in model.named_parameters() if p.requires_grad]
    return left, model.stem[1].training, model.training, model(x)


# run m = Net(); unfrozen(m)
def unfrozen(model: nn.Module):
    model.requires_grad_(False)
    model.head.requires_grad_(True)
    a = [n for n, p in model.named_parameters() if p.requires_grad]
    for p in model.blocks[-1].parameters():
        p.requires_grad = True
    b = [n for n, p in model.named_parameters() if p.requires_grad]
    model.requires_grad_()
    return a, b, all(p.requires_grad for p in model.parameters())


# run m = Net(); averaged(m, x) | model=m | x=f32[5,3]
def averaged(model: nn.Module, x):
    ema = copy.deepcopy(model)
    ema.eval()
    for p in ema.parameters():
        p.requires_grad_(False)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(0.5)
        for e, p in zip(ema.parameters(), model.parameters()):
            e.mul_(0.9).add_(p, alpha=0.1)
        for e, b in zip(ema.buffers(), model.buffers()):
            e.copy_(b)
    return ema(x), sum(p.requires_grad for p in ema.parameters()), sum(p.requires_grad for p in model.parameters())


# run m = Net(); averaged_state(m, x) | model=m | x=f32[5,3]
def averaged_state(model: nn.Module, x):
    shadow = {k: v.clone().detach() for k, v in model.state_dict().items()}
    with torch.no_grad():
        model.head.weight.fill_(1.0)
        for k, v in model.state_dict().items():
            if v.dtype.is_floating_point:
                shadow[k].lerp_(v, 0.25)
    backup = copy.deepcopy(model.state_dict())
    model.load_state_dict(shadow)
    y = model.eval()(x)
    model.load_state_dict(backup)
    return y, model(x), model.head.weight.mean()


# run groups(Net())
def groups(model: nn.Module):
    decay, no_decay = [], []
    for name, p in model.named_parameters():
        if not p.requires_grad:
            continue
        if p.ndim <= 1 or name.endswith(".bias"):
            no_decay.append(p)
        else:
            decay.append(p)
    optimizer = torch.optim.AdamW([{"params": decay, "weight_decay": 0.1}, {"params": no_decay, "weight_decay": 0.0}], lr=1e-3)
    return len(decay), len(no_decay), len(optimizer.param_groups), [g["weight_decay"] for g in optimizer.param_groups]


# run m = Net(); hooked(m, x) | model=m | x=f32[5,3]
def hooked(model: nn.Module, x):
    kept = {}

    def save(name):
        def hook(module, inputs, output):
            kept[name] = output.detach()
        return hook

    handles = [m.register_forward_hook(save(n)) for n, m in model.named_modules() if isinstance(m, nn.Linear)]
    model.eval()
    y = model(x)
    for h in handles:
        h.remove()
    n = len(kept)
    kept.clear()
    model(x)
    return y, n, len(kept)


# run m = Net(); changing_hook(m, x) | model=m | x=f32[5,3]
def changing_hook(model: nn.Module, x):
    model.eval()
    model.head.register_forward_hook(lambda module, args, out: out * 2)
    model.norm.register_forward_pre_hook(lambda module, args: (args[0] + 1,))
    return model(x)


# run m = Net(); parts(m)
def parts(model: nn.Module):
    block = model.get_submodule("blocks.1")
    p = model.get_parameter("head.bias")
    b = model.get_buffer("steps")
    name, last = list(model.named_modules())[-1]
    first = next(model.parameters())
    return block is model.blocks[1], p.shape, b.dtype == torch.int64, name, type(last).__name__, first.device.type == "cpu" or True, first.shape


# run m = Net(); replaced(m, x) | model=m | x=f32[5,3]
def replaced(model: nn.Module, x):
    for name, child in model.named_children():
        if isinstance(child, nn.LayerNorm):
            setattr(model, name, nn.Identity())
    for i, block in enumerate(model.blocks):
        new = nn.Linear(block.in_features, block.out_features, bias=False)
        new.weight.data.copy_(block.weight.data)
        model.blocks[i] = new
    model.stem[2] = nn.GELU()
    model.head = nn.Sequential(nn.Dropout(0.1), model.head)
    del model.steps
    model.eval()
    return model(x), list(model.state_dict()), sum(1 for _ in model.parameters())


# run m = Net(); by_type(m)
def by_type(model: nn.Module):
    counts = defaultdict(int)
    for m in model.modules():
        counts[type(m).__name__] += 1
    leaves = [n for n, m in model.named_modules() if not list(m.children())]
    return dict(counts), leaves


# run m = Net(); applied(m, x) | model=m | x=f32[5,3]
def applied(model: nn.Module, x):
    @torch.no_grad()
    def init(m):
        if type(m) is nn.Linear:
            m.weight.fill_(0.1)
            if m.bias is not None:
                m.bias.zero_()
        elif isinstance(m, (nn.LayerNorm, nn.BatchNorm1d)):
            nn.init.ones_(m.weight)
            nn.init.constant_(m.bias, 0.2)

    same = model.apply(init)
    return same is model, model.eval()(x)


# run m = Net(); casts(m, x) | model=m | x=f32[5,3] | tol=2e-2
def casts(model: nn.Module, x):
    model.eval()
    half = copy.deepcopy(model).half()
    low = copy.deepcopy(model).to(torch.bfloat16)
    dtypes = {str(p.dtype).split(".")[-1] for p in half.parameters()}, {str(b.dtype).split(".")[-1] for b in half.buffers()}
    return half(x.half()).float(), low(x.bfloat16()).float(), dtypes, next(low.float().parameters()).dtype == torch.float32


def names(model):
    return list(model.state_dict()), [n for n, _ in model.named_parameters()], len(list(model.parameters())), [n for n, _ in model.named_buffers()]


class Config:
    def __init__(self, dim=4, layers=2, norm="layer", act="gelu", bias=True):
        self.dim, self.layers, self.norm, self.act, self.bias = dim, layers, norm, act, bias


NORMS = {"layer": nn.LayerNorm, "batch": nn.BatchNorm1d, "rms": partial(nn.RMSNorm, eps=1e-5), "none": nn.Identity}


def make_act(name, **kwargs):
    if name == "gelu":
        return nn.GELU(approximate="tanh")
    if name == "leaky":
        return nn.LeakyReLU(kwargs.get("slope", 0.2))
    return getattr(nn, name)()


def block(i, o, norm=nn.LayerNorm, act=nn.ReLU, **kwargs):
    layers = [nn.Linear(i, o, **kwargs)]
    if norm:
        layers.append(norm(o))
    if act is not None:
        layers.append(act())
    return nn.Sequential(*layers)


# run m = Built(Config()); m(x), names(m) | model=m | grad=parameters | x=f32[5,4]
# run m = Built(Config(norm="batch", act="leaky", bias=False)); m(x), names(m) | model=m | x=f32[5,4]
# run m = Built(Config(norm="rms", act="SiLU", layers=0)); m(x), names(m) | model=m | x=f32[5,4]
# run m = Built(Config(norm="none", act="Softplus")); m(x), names(m) | model=m | x=f32[5,4]
class Built(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        norm = NORMS[config.norm]
        self.layers = nn.ModuleList(block(config.dim, config.dim, norm, partial(make_act, config.act), bias=config.bias) for _ in range(config.layers))
        self.plain = block(config.dim, config.dim, None, None)
        self.by_name = nn.ModuleDict()
        for key in ("q", "k"):
            self.by_name[key] = nn.Linear(config.dim, config.dim)
        self.by_name.update({"v": block(config.dim, config.dim, act=nn.Tanh)})
        self.out = norm(config.dim) if config.norm != "none" else nn.Identity()

    def forward(self, x):
        for layer in self.layers:
            x = x + layer(x)
        for key, layer in self.by_name.items():
            x = x + layer(x) * len(key)
        if "q" in self.by_name and hasattr(self, "plain"):
            x = self.plain(x)
        return self.out(x)


# run m = Growing(); m(x), names(m) | model=m | x=f32[2,4]
class Growing(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4)])
        self.layers.extend([nn.Linear(4, 4) for _ in range(2)])
        self.layers.insert(0, nn.Linear(4, 4, bias=False))
        self.layers += [nn.Tanh(), nn.Linear(4, 4)]
        del self.layers[1]
        self.seq = nn.Sequential(nn.Linear(4, 4))
        self.seq.append(nn.ReLU()).append(nn.Linear(4, 4))
        self.seq.extend([nn.Sigmoid()])
        self.seq.insert(1, nn.LayerNorm(4))
        self.seq[-1] = nn.Tanh()
        self.params = nn.ParameterList()
        for i in range(2):
            self.params.append(nn.Parameter(torch.full((4,), float(i + 1)), requires_grad=bool(i)))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = layer(x)
        x = self.layers[-1](x) + self.seq(x)
        return x * self.params[0] + self.params[1], len(self.layers), len(self.seq), len(self.params)


# run m = Shared(); m(x), names(m) | model=m | grad=parameters | x=f32[2,4]
class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        inner = nn.Linear(4, 4)
        self.a = inner
        self.b = inner
        self.layers = nn.ModuleList([inner, nn.Linear(4, 4)])
        self.gain = nn.Parameter(torch.ones(4))
        self.same_gain = self.gain
        self.layers[1].bias = self.layers[0].bias

    def forward(self, x):
        return self.layers[1](self.b(self.a(x))) * self.gain + self.same_gain


# run m = Lists(); m(x), names(m) | model=m | grad=parameters | x=f32[2,4]
class Lists(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = [nn.Linear(4, 4) for _ in range(2)]
        for i, layer in enumerate(self.hidden):
            with torch.no_grad():
                layer.weight.fill_(0.1 * (i + 1))
                layer.bias.zero_()
        self.table = {"a": torch.ones(4), "b": [torch.zeros(4), torch.ones(4)]}
        self.seen = nn.ModuleList(self.hidden[:1])
        self.sizes = (3, 4)

    def forward(self, x):
        for layer in self.hidden:
            x = layer(x)
        return x * self.table["a"] + self.table["b"][1] + self.sizes[0]


class Rows(nn.ModuleList):
    def total(self):
        return sum(p.numel() for p in self.parameters())


class Configured(nn.Module):
    def __init__(self, depth, width=2):
        super().__init__()
        self.rows = Rows(nn.Linear(width, width) for _ in range(3))
        self.blocks = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))


# run shown_subclass()
def shown_subclass():
    net = Configured(2)
    return str(net), net.rows.total(), len(net.rows[1:])


# run empty_by_config()
def empty_by_config():
    nets = [Configured(**config) for config in ({"depth": 0}, {"depth": 1})]
    return [(len(list(net.modules())), [n for n, _ in net.named_children()], str(net)) for net in nets]
