"""Containers and the module API in the spellings that the other files leave out."""
import copy
from collections import OrderedDict
from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F


def state_of(m: nn.Module):
    return list(m.state_dict()), [n for n, _ in m.named_parameters()], [n for n, _ in m.named_modules()], [n for n, _ in m.named_children()]


# run m = Lists(); m(x) | model=m | grad=x,parameters | x=f32[2,4]
# run state_of(Lists())
class Lists(nn.Module):
    def __init__(self, dim=4):
        super().__init__()
        self.blocks = nn.ModuleList(nn.Linear(dim, dim) for _ in range(3))
        self.blocks.insert(0, nn.LayerNorm(dim))
        self.blocks += [nn.Linear(dim, dim, bias=False), nn.Tanh()]
        self.blocks[1] = nn.Linear(dim, dim)
        last = self.blocks.pop(-1)
        self.last = last
        del self.blocks[2]
        self.first_two = self.blocks[:2]
        self.reversed = nn.ModuleList(reversed(self.blocks))
        self.pairs = nn.ModuleList([nn.ModuleList([nn.Linear(dim, dim), nn.Dropout(0.0)]) for _ in range(2)])
        self.both = nn.ModuleList([nn.Linear(dim, 2)]) + nn.ModuleList([nn.Linear(2, dim)])

    def forward(self, x):
        for i, block in enumerate(self.blocks):
            x = x + block(x) * (i + 1)
        for linear, drop in self.pairs:
            x = drop(linear(x))
        for i in range(len(self.both)):
            x = self.both[i](x)
        return self.last(x), self.blocks[-1](x), self.first_two[0](x), len(self.blocks), len(self.reversed)


# run m = Sequences(); m(x) | model=m | grad=x,parameters | x=f32[2,4]
# run state_of(Sequences())
class Sequences(nn.Module):
    def __init__(self, dim=4):
        super().__init__()
        self.a = nn.Sequential(OrderedDict([("fc", nn.Linear(dim, dim)), ("act", nn.ReLU())]))
        self.a.add_module("out", nn.Linear(dim, dim))
        self.a.append(nn.Tanh())
        self.b = nn.Sequential(nn.Linear(dim, dim), nn.Sequential(nn.ReLU(), nn.Linear(dim, dim)))
        self.b.extend([nn.Tanh(), nn.Linear(dim, dim)])
        self.b.insert(1, nn.LayerNorm(dim))
        self.c = nn.Sequential(*list(self.b.children())[:-1])
        self.d = nn.Sequential()
        for i in range(2):
            self.d.add_module("layer_" + str(i), nn.Linear(dim, dim))
        self.e = nn.Sequential(*[m for m in (nn.Linear(dim, dim), None, nn.ReLU()) if m is not None])
        self.f = self.b[0:2]
        del self.b[3]

    def forward(self, x):
        y = self.a(x)
        y = y + self.a.fc(x) + self.a[0](x)
        for name, child in self.b.named_children():
            y = child(y)
        for layer in self.c:
            y = layer(y)
        y = self.d(y) * self.d.layer_1(y)
        return self.f(self.e(y)), len(self.a), len(self.b), len(self.f), isinstance(self.b[-1], nn.Linear)


# run m = Dicts(); m(x) | model=m | grad=x,parameters | x=f32[2,4]
# run state_of(Dicts())
class Dicts(nn.Module):
    def __init__(self, dim=4):
        super().__init__()
        self.d = nn.ModuleDict({"q": nn.Linear(dim, dim), "k": nn.Linear(dim, dim)})
        self.d["v"] = nn.Linear(dim, dim)
        self.d.update({"o": nn.Linear(dim, dim), "q": nn.Linear(dim, dim, bias=False)})
        self.pairs = nn.ModuleDict([["relu", nn.ReLU()], ["lrelu", nn.LeakyReLU(0.2)]])
        self.gone = self.d.pop("k")
        self.ordered = nn.ModuleDict(OrderedDict((f"l{i}", nn.Linear(dim, dim)) for i in range(2)))
        self.merged = nn.ModuleDict({**self.pairs, "tanh": nn.Tanh()})

    def forward(self, x):
        for name in self.d:
            x = self.d[name](x)
        for name, layer in self.ordered.items():
            x = layer(x) if name == "l0" else x + layer(x)
        for act in self.pairs.values():
            x = act(x)
        has = "v" in self.d, "k" in self.d, list(self.d.keys()), len(self.merged)
        return self.merged["tanh"](x), self.gone(x), has


# run m = Params(); m(x) | model=m | grad=x,parameters | x=f32[2,4]
# run state_of(Params())
class Params(nn.Module):
    def __init__(self, dim=4):
        super().__init__()
        self.w = nn.ParameterList([nn.Parameter(torch.ones(dim) * i) for i in range(2)])
        self.w.extend([nn.Parameter(torch.zeros(dim))])
        self.w += [nn.Parameter(torch.full((dim,), 2.0))]
        self.w[0] = nn.Parameter(torch.ones(dim))
        self.d = nn.ParameterDict({"a": nn.Parameter(torch.ones(dim)), "b": nn.Parameter(torch.zeros(dim))})
        self.d["c"] = nn.Parameter(torch.ones(1))
        self.d.update({"e": nn.Parameter(torch.ones(dim))})
        for i in range(2):
            self.register_parameter(f"extra_{i}", nn.Parameter(torch.ones(dim)))
        self.nested = nn.ModuleList([nn.ParameterList([nn.Parameter(torch.ones(dim)) for _ in range(2)]) for _ in range(2)])

    def forward(self, x):
        for w in self.w:
            x = x * w + 0.1
        for key, value in self.d.items():
            x = x + value
        for inner in self.nested:
            x = x * inner[0] + inner[-1]
        return x * self.extra_0 + getattr(self, "extra_1"), len(self.w), sorted(self.d.keys()), self.w[-1].shape[0], "a" in self.d


def make_norm(kind, dim):
    return {"batch": nn.BatchNorm1d, "layer": nn.LayerNorm, "none": nn.Identity, "group": partial(nn.GroupNorm, 2)}[kind](dim)


class Block(nn.Module):
    def __init__(self, dim, norm_layer=nn.LayerNorm, act_layer=nn.GELU, drop=0.0, linear=nn.Linear):
        super().__init__()
        self.norm = norm_layer(dim)
        self.fc = linear(dim, dim)
        self.act = act_layer()
        self.drop = nn.Dropout(drop) if drop > 0 else nn.Identity()

    def forward(self, x):
        return x + self.drop(self.act(self.fc(self.norm(x))))


# run m = Factories(); m(x) | model=m | grad=x,parameters | x=f32[6,4] | tol=1e-4
# run state_of(Factories())
class Factories(nn.Module):
    def __init__(self, dim=4):
        super().__init__()
        norm = partial(nn.LayerNorm, eps=1e-6)
        self.blocks = nn.Sequential(*[Block(dim, norm, act) for act in (nn.ReLU, nn.SiLU, partial(nn.LeakyReLU, 0.3), lambda: nn.ELU(0.5))])
        self.other = Block(dim, norm_layer=nn.BatchNorm1d, act_layer=getattr(nn, "Tanh"), linear=partial(nn.Linear, bias=False))
        for kind in ("batch", "layer", "none", "group"):
            setattr(self, f"norm_{kind}", make_norm(kind, dim))
        conv = getattr(nn, f"Conv{1}d")
        self.conv = conv(1, 2, 3, padding=1)
        self.sized = nn.ModuleList([getattr(nn, "BatchNorm%dd" % n)(dim) for n in (1, 2)])

    def forward(self, x):
        x = self.other(self.blocks(x))
        for kind in ("batch", "layer", "none", "group"):
            x = getattr(self, f"norm_{kind}")(x)
        return self.conv(x[:, None]).mean(1), self.sized[0](x), self.sized[1](x[:, :, None, None])


# run api(Factories())
def api(m: Factories):
    found = dict(m.named_parameters(prefix="net", recurse=False)), [n for n, _ in m.named_parameters("net")][:3]
    own = [n for n, _ in m.other.named_parameters(recurse=False)], [n for n, _ in m.other.fc.named_parameters(prefix="fc")]
    buffers = [n for n, _ in m.named_buffers()][:2], [n for n, _ in m.norm_batch.named_buffers(prefix="n")], len(list(m.norm_batch.buffers()))
    modules = [n for n, _ in m.named_modules(prefix="root")][:4], [type(k).__name__ for k in m.children()][:6], len(list(m.blocks.modules()))
    sub = m.get_submodule("blocks.1.fc") is m.blocks[1].fc, tuple(m.get_parameter("other.fc.weight").shape)
    return found[1], own, buffers, modules, sub, type(m.get_submodule("")).__name__


# run shared(Shared())
class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(5, 4)
        self.head = nn.Linear(4, 5, bias=False)
        self.head.weight = self.emb.weight
        self.once = nn.Linear(4, 4)
        self.twice = self.once


def shared(m: Shared):
    names = [n for n, _ in m.named_parameters()], [n for n, _ in m.named_parameters(remove_duplicate=False)]
    return names, [n for n, _ in m.named_modules()], [n for n, _ in m.named_modules(remove_duplicate=False)], sum(p.numel() for p in m.parameters()), list(m.state_dict())


# run m = Block(4); count_ways(m)
def count_ways(m: nn.Module):
    trainable = sum(p.numel() for p in m.parameters() if p.requires_grad)
    per_child = {name: sum(p.numel() for p in child.parameters()) for name, child in m.named_children()}
    shapes = {n: tuple(p.shape) for n, p in m.named_parameters()}
    total = 0
    for p in list(m.parameters()):
        nn_ = 1
        for s in list(p.size()):
            nn_ = nn_ * s
        total += nn_
    in_bytes = sum(p.nelement() * p.element_size() for p in m.parameters()) + sum(b.nelement() * b.element_size() for b in m.buffers())
    biggest = max(m.named_parameters(), key=lambda pair: pair[1].numel())[0]
    import math
    prods = sum(math.prod(p.size()) for p in m.parameters())
    flat = torch.cat([p.view(-1) for p in m.parameters()]).shape[0]
    norm = sum(p.pow(2).sum() for p in m.parameters() if p.dim() > 1) * 0
    return trainable, per_child, shapes, total, in_bytes, biggest, prods, flat, norm, next(m.parameters()).device.type == "cpu", next(m.parameters()).dtype == torch.float32


# run m = Block(4); strict_errors(m)
def strict_errors(m: nn.Module):
    state = m.state_dict()
    del state["fc.bias"]
    state["more"] = torch.zeros(1)
    keys = m.load_state_dict(state, strict=False)
    text = ""
    try:
        m.load_state_dict(state)
    except RuntimeError as error:
        text = str(error)
    wrong = OrderedDict((k, v) for k, v in m.state_dict().items())
    wrong["fc.weight"] = torch.zeros(2, 2)
    shape = ""
    try:
        m.load_state_dict(wrong)
    except RuntimeError as error:
        shape = str(error)
    good = m.load_state_dict({k: v * 2 for k, v in m.state_dict().items()})
    return keys.missing_keys, keys.unexpected_keys, text, shape.replace("torch.Size([2, 2])", "(2, 2)").split(", the shape")[0], len(good.missing_keys), len(good[1])


class Ema:
    """The usual class for it."""

    def __init__(self, model, decay=0.9):
        self.decay = decay
        self.shadow = {}
        self.backup = {}
        self.model = model

    def register(self):
        for name, param in self.model.named_parameters():
            if param.requires_grad:
                self.shadow[name] = param.data.clone()

    def update(self):
        for name, param in self.model.named_parameters():
            if param.requires_grad:
                assert name in self.shadow
                new_average = (1.0 - self.decay) * param.data + self.decay * self.shadow[name]
                self.shadow[name] = new_average.clone()

    def apply_shadow(self):
        for name, param in self.model.named_parameters():
            if param.requires_grad:
                self.backup[name] = param.data
                param.data = self.shadow[name]

    def restore(self):
        for name, param in self.model.named_parameters():
            if param.requires_grad:
                param.data = self.backup[name]
        self.backup = {}


# run m = Block(4); ema_class(m, x) | model=m | x=f32[2,4]
def ema_class(m: nn.Module, x):
    ema = Ema(m)
    ema.register()
    with torch.no_grad():
        for p in m.parameters():
            p.add_(1.0)
    ema.update()
    plain = m(x)
    ema.apply_shadow()
    averaged = m(x)
    ema.restore()
    return plain, averaged, m(x)


# run m = Block(4); ema_state(m, x) | model=m | x=f32[2,4]
def ema_state(m: nn.Module, x):
    target = copy.deepcopy(m)
    target.load_state_dict(m.state_dict())
    with torch.no_grad():
        m.fc.weight.mul_(3.0)
        for t, s in zip(target.parameters(), m.parameters()):
            t.data.copy_(0.9 * t.data + 0.1 * s.data)
    for (n1, t), (n2, s) in zip(target.named_parameters(), m.named_parameters()):
        t.data.lerp_(s.data, 0.5)
    keyed = m.state_dict()
    mixed = {k: 0.5 * v + 0.5 * keyed[k] for k, v in target.state_dict().items()}
    other = Block(4)
    other.load_state_dict(mixed)
    return target(x), other(x), m(x)


# run m = Block(4); snapshots(m, x) | model=m | x=f32[2,4]
def snapshots(m: nn.Module, x):
    live = m.state_dict()
    best = copy.deepcopy(m.state_dict())
    cpu = {k: v.cpu().clone() for k, v in m.state_dict().items()}
    with torch.no_grad():
        for p in m.parameters():
            p.fill_(0.5)
    moved = m(x)
    now = live["fc.bias"].clone()
    m.load_state_dict(best)
    back = m(x)
    m.load_state_dict(cpu)
    return moved, now, back, m(x)


# run m = Block(4); casts(m, x) | model=m | x=f32[2,4] | tol=1e-2
def casts(m: nn.Module, x: torch.Tensor):
    h = copy.deepcopy(m).half()
    kinds = {str(p.dtype).split(".")[-1] for p in h.parameters()}
    b = copy.deepcopy(m).bfloat16()
    f = h.float()
    d = copy.deepcopy(m).to(torch.device("cpu"), torch.float16).type(torch.float32)
    same = m.to("cpu") is m, m.cpu() is m, m.eval() is m, m.train() is m, m.requires_grad_(True) is m, m.apply(lambda k: None) is m
    return f(x), d(x), kinds, b(x.bfloat16()).float(), same


# run hooks_free(Block(4))
def hooks_free(m: nn.Module):
    m.zero_grad()
    m.zero_grad(set_to_none=True)
    m.share_memory()
    text = "Block" in repr(m), "fc" in str(m), m.__class__.__name__
    return text, hasattr(m, "fc"), hasattr(m, "nothing"), isinstance(m.norm, (nn.LayerNorm, nn.GroupNorm)), m.training


# run m = stack(); inits(m, x) | x=f32[3,4] | tol=1e-4
def stack():
    return nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Sequential(nn.Linear(4, 2)))


def inits(m: nn.Sequential, x):
    order = []

    def fill(k):
        order.append(type(k).__name__)
        if type(k) == nn.Linear:
            nn.init.constant_(k.weight, 0.3)
            k.bias.data.fill_(0.01)
        elif type(k) in (nn.BatchNorm1d, nn.LayerNorm):
            k.weight.data.fill_(2.0)
            k.bias.data.zero_()

    m.apply(fill)
    for k in m.modules():
        if isinstance(k, nn.Linear) and k.out_features == 2:
            nn.init.eye_(k.weight)
    for n, p in m.named_parameters():
        if "weight" in n and p.dim() > 1:
            p.data = p.data * 2
        elif n.endswith("bias"):
            nn.init.constant_(p, 0.25)
    return order, m(x)


# run m = Frozen(); frozen(m) | todo
class Frozen(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = Block(4)
        self.head = nn.Linear(4, 2)
        self.backbone.requires_grad_(False)
        self.scale = nn.Parameter(torch.ones(1), requires_grad=False)


def frozen(m: Frozen):
    first = [n for n, p in m.named_parameters() if p.requires_grad]
    for p in m.parameters():
        p.requires_grad = not p.requires_grad
    second = [n for n, p in m.named_parameters() if p.requires_grad]
    for name, child in m.named_children():
        for p in child.parameters():
            p.requires_grad_(name == "head")
    return first, second, [n for n, p in m.named_parameters() if p.requires_grad], any(p.requires_grad for p in m.backbone.parameters()), all(not p.requires_grad for p in m.backbone.parameters())


# run m = Reset(); reset(m) | todo
class Reset(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.emb = nn.Embedding(5, 4)
        self.norm = nn.LayerNorm(4)
        self.bn = nn.BatchNorm1d(4)
        self.conv = nn.Conv1d(4, 4, 3)

    def reset_parameters(self):
        self.fc.reset_parameters()
        self.emb.reset_parameters()
        self.norm.reset_parameters()
        self.bn.reset_running_stats()
        for layer in (self.conv, self.bn):
            layer.reset_parameters()


def reset(m: Reset):
    with torch.no_grad():
        for p in m.parameters():
            p.fill_(9.0)
    m.reset_parameters()
    return [bool((p == 9.0).any()) for p in m.parameters()], m.norm.weight, m.bn.running_var


# run reset_all(stack()) | weights=own
def reset_all(m: nn.Module):
    def one(k):
        if hasattr(k, "reset_parameters"):
            k.reset_parameters()

    with torch.no_grad():
        for p in m.parameters():
            p.fill_(9.0)
    m.apply(one)
    for layer in m.children():
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()
    return [bool((p == 9.0).any()) for p in m.parameters()]


# run m = Extra(3); texts(m)
class Extra(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.n = n
        self.fc = nn.Linear(n, n)

    def extra_repr(self) -> str:
        return "n={}, twice={}".format(self.n, self.n * 2)

    def forward(self, x):
        return self.fc(x)


def texts(m: Extra):
    return m.extra_repr(), "n=3, twice=6" in repr(m)


# run m = Loaded(); m(x) | model=m | grad=parameters | x=f32[2,4]
# run overrides(Loaded())
class Loaded(nn.Module):
    """Overrides of the API itself."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.register_buffer("steps", torch.zeros(2))
        self.register_buffer("scratch", torch.ones(4), persistent=False)
        self.frozen = False

    def freeze_all(self):
        for p in self.parameters():
            p.requires_grad = False
        self.frozen = True
        return self

    @property
    def device(self):
        return next(self.parameters()).device

    @property
    def num_parameters(self):
        return sum(p.numel() for p in self.parameters())

    def forward(self, x):
        self.steps += 1
        return self.fc(x) * self.scratch + self.steps.sum()


def overrides(m: Loaded):
    m.freeze_all()
    return m.num_parameters, str(m.device), list(m.state_dict()), [n for n, _ in m.named_buffers()], m.frozen, [p.requires_grad for p in m.parameters()]


class Blocks(nn.ModuleList):
    def total(self):
        return sum(p.numel() for p in self.parameters())


def kinds(modules):
    return [type(m).__name__ for m in modules]


# run backwards()
def backwards():
    seq = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 4))
    blocks = Blocks([nn.Linear(2, 3), nn.ReLU(), nn.Tanh()])
    return kinds(reversed(seq)), kinds(reversed(blocks)), kinds(reversed(nn.ModuleList([nn.ReLU(), nn.Tanh()]))), blocks.total()


# run grown()
def grown():
    """`+=` and `*=` change the container itself."""
    blocks = Blocks([nn.ReLU()])
    same = blocks
    same += [nn.Tanh()]
    seq = nn.Sequential(nn.ReLU(), nn.Tanh())
    other = seq
    other += nn.Sequential(nn.Sigmoid())
    other *= 2
    return kinds(blocks), blocks is same, kinds(seq), other is seq, kinds(seq * 2), kinds(2 * nn.Sequential(nn.ReLU()))
