"""What people ask modules for: counts, names, freezing, groups, copies, modes, states."""
import copy
from collections import OrderedDict
from functools import partial
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils._pytree import tree_flatten, tree_map, tree_unflatten


class Net(nn.Module):
    def __init__(self, norm_layer=nn.LayerNorm, act=nn.GELU, bias=True):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, bias=bias)
        self.bn = nn.BatchNorm2d(4)
        self.blocks = nn.ModuleList([nn.Sequential(OrderedDict([("fc", nn.Linear(4, 4)), ("act", act())])) for _ in range(2)])
        self.norm = norm_layer(4)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, 4))
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        x = self.bn(self.stem(x)).flatten(2).mean(-1)
        for b in self.blocks:
            x = b(x)
        return self.head(self.norm(x) + self.cls_token[0])


# run counts(Net())
def counts(m: nn.Module):
    a = sum(p.numel() for p in m.parameters() if p.requires_grad)
    b = sum([p.nelement() for p in m.parameters()])
    c = sum(x.numel() for x in filter(lambda p: p.requires_grad, m.parameters()))
    d = sum(p.numel() * p.element_size() for p in m.parameters())
    e = sum(b.numel() for b in m.buffers())
    total = 0
    for name, p in m.named_parameters():
        if not p.requires_grad:
            continue
        n = 1
        for s in p.size():
            n *= s
        total += n
    f = sum(v.numel() for v in m.state_dict().values())
    g = sum(p.data.nelement() for p in m.parameters())
    h = len(list(m.parameters())), len([*m.named_buffers()]), len(list(m.modules())), len(m.state_dict())
    return a, b, c, d, e, total, f, g, h


# run freeze_a(Net())
def freeze_a(m: Net):
    for p in m.parameters():
        p.requires_grad = False
    for p in m.head.parameters():
        p.requires_grad = True
    return [n for n, p in m.named_parameters() if p.requires_grad]


# run freeze_b(Net())
def freeze_b(m: nn.Module):
    for name, param in m.named_parameters():
        if "bn" in name or name.startswith("blocks.0"):
            param.requires_grad_(False)
        elif "head" in name:
            param.requires_grad = True
    return [n for n, p in m.named_parameters() if p.requires_grad]


# run freeze_c(Net())
def freeze_c(m: Net):
    m.requires_grad_(False)
    m.blocks[1].requires_grad_(True)
    m.head.weight.requires_grad = True
    for k in m.modules():
        if isinstance(k, (nn.BatchNorm2d, nn.LayerNorm)):
            for p in k.parameters():
                p.requires_grad = True
    return [n for n, p in m.named_parameters() if p.requires_grad]


# run freeze_d(Net())
def freeze_d(m: nn.Module):
    for child in list(m.children())[:-2]:
        for p in child.parameters():
            p.requires_grad = False
    for n, c in m.named_children():
        if n == "norm":
            c.requires_grad_(False)
    return [n for n, p in m.named_parameters() if p.requires_grad], [n for n, _ in m.named_children()]


# run decay(Net())
def decay(m: nn.Module):
    decay, no_decay = [], []
    for n, p in m.named_parameters():
        if not p.requires_grad:
            continue
        if p.ndim <= 1 or n.endswith(".bias") or n in {"cls_token"}:
            no_decay.append(n)
        else:
            decay.append(n)
    return sorted(decay), sorted(no_decay)


# run decay_sets(Net())
def decay_sets(m: nn.Module):
    decay, no_decay = set(), set()
    for mn, mod in m.named_modules():
        for pn, p in mod.named_parameters(recurse=False):
            full = "%s.%s" % (mn, pn) if mn else pn
            if pn.endswith("bias"):
                no_decay.add(full)
            elif pn.endswith("weight") and isinstance(mod, (nn.Linear, nn.Conv2d)):
                decay.add(full)
            else:
                no_decay.add(full)
    param_dict = {pn: p for pn, p in m.named_parameters()}
    assert len(decay & no_decay) == 0
    assert len(param_dict.keys() - (decay | no_decay)) == 0
    return sorted(decay), sorted(no_decay)


# run load_partial(Net())
def load_partial(m: nn.Module):
    sd = m.state_dict()
    sd = {k: v for k, v in sd.items() if not k.startswith("head")}
    sd["extra"] = torch.zeros(1)
    r = m.load_state_dict(sd, strict=False)
    missing, unexpected = m.load_state_dict(sd, strict=False)
    try:
        m.load_state_dict(sd)
        ok = True
    except RuntimeError:
        ok = False
    return sorted(r.missing_keys), r.unexpected_keys, sorted(missing), unexpected, ok


# run m = Net(); load_edit(m, x) | model=m | x=f32[2,3,5,5]
def load_edit(m: nn.Module, x: torch.Tensor):
    other = Net()
    state = OrderedDict()
    for k, v in m.state_dict().items():
        state["module." + k] = v
    clean = {k.replace("module.", "", 1): v for k, v in state.items()}
    print(other.load_state_dict(clean))
    own = other.state_dict()
    filtered = {k: v for k, v in clean.items() if k in own and v.shape == own[k].shape}
    own.update(filtered)
    other.load_state_dict(own)
    other.eval()
    return other(x), len(filtered)


# run m = Net(); load_fc(m, x) | model=m | x=f32[2,3,5,5]
def load_fc(m: nn.Module, x: torch.Tensor):
    n = Net()
    n.head.load_state_dict({"weight": torch.ones(2, 4), "bias": torch.zeros(2)})
    n.stem.load_state_dict(m.stem.state_dict())
    with torch.no_grad():
        n.norm.weight.copy_(m.norm.weight)
        n.head.bias.add_(1)
        n.stem.weight[:, 0] = 0.5
        for a, b in zip(n.blocks.parameters(), m.blocks.parameters()):
            a.copy_(b)
    n.eval()
    return n(x)


# run m = Net(); ema_loop(m, x) | model=m | x=f32[2,3,5,5]
def ema_loop(m: nn.Module, x: torch.Tensor):
    ema = copy.deepcopy(m).eval()
    for p in ema.parameters():
        p.requires_grad_(False)
    with torch.no_grad():
        for p in m.parameters():
            p.mul_(1.5)
        for e, p in zip(ema.parameters(), m.parameters()):
            e.data.mul_(0.9).add_(p.data, alpha=0.1)
        for e, b in zip(ema.buffers(), m.buffers()):
            e.copy_(b)
    msd = m.state_dict()
    for k, v in ema.state_dict().items():
        if v.dtype.is_floating_point:
            v *= 0.9
            v += (1 - 0.9) * msd[k].detach()
    return ema(x), [n for n, p in ema.named_parameters() if p.requires_grad]


# run m = Net(); half_all(m, x) | model=m | x=f32[2,3,5,5] | tol=1e-2
def half_all(m: nn.Module, x: torch.Tensor):
    m.eval()
    h = copy.deepcopy(m)
    h.half()
    b = copy.deepcopy(m).to(torch.bfloat16)
    d = copy.deepcopy(h).float()
    e = copy.deepcopy(m).to(dtype=torch.float16)
    e = e.to("cpu")
    return h(x.half()), d(x), [str(p.dtype) for p in b.parameters()][:2], next(e.parameters()).dtype == torch.float16, h.bn.running_mean.dtype == torch.float16, h.bn.num_batches_tracked.dtype == torch.int64


# run m = Net(); modes(m)
def modes(m: Net):
    m.train()
    a = [k.training for k in m.modules()]
    m.bn.eval()
    b = m.training, m.bn.training, m.blocks[0].training
    m.train(False)
    c = any(k.training for k in m.modules())
    m.blocks.train()
    d = [n for n, k in m.named_modules() if k.training]
    return a, b, c, d


# run m = Net(); walk(m)
def walk(m: nn.Module):
    a = [type(k).__name__ for k in m.modules() if len(list(k.children())) == 0]
    b = [n for n, _ in m.named_modules()]
    c = dict(m.named_modules())["blocks.0.fc"].weight.shape
    d = m.get_submodule("blocks.1").fc.in_features
    e = m.get_parameter("head.bias").shape
    f = m.get_buffer("bn.running_mean").shape
    g = [k for k in m.state_dict().keys()]
    return a, b, tuple(c), d, tuple(e), tuple(f), g


# run m = Net(); swap(m, x) | model=m | x=f32[2,3,5,5]
def swap(m: Net, x: torch.Tensor):
    for name, child in m.named_children():
        if isinstance(child, nn.BatchNorm2d):
            setattr(m, name, nn.Identity())
    for b in m.blocks:
        b.act = nn.Tanh()
    m.head = nn.Sequential(m.head, nn.Linear(2, 2, bias=False))
    nn.init.ones_(m.head[1].weight)
    m.head.add_module("drop", nn.Dropout(0.0))
    return m(x), [n for n, _ in m.named_parameters()]


def init_weights(m):
    if isinstance(m, nn.Linear):
        nn.init.constant_(m.weight, 0.1)
        if m.bias is not None:
            nn.init.zeros_(m.bias)
    elif isinstance(m, nn.Conv2d):
        torch.nn.init.constant_(m.weight, 0.2)
    classname = m.__class__.__name__
    if classname.find("BatchNorm") != -1:
        nn.init.constant_(m.weight.data, 1.5)
    if hasattr(m, "bias") and m.bias is not None:
        m.bias.data.fill_(0.01)


# run m = Net(bias=False); m.eval(); init_apply(m, x) | x=f32[2,3,5,5]
def init_apply(m: nn.Module, x: torch.Tensor):
    m.apply(init_weights)
    return m(x)


# run m = Net(partial(nn.LayerNorm, eps=1e-3), nn.SiLU); m.eval()(x) | model=m | x=f32[2,3,5,5]
# run m = Net(partial(nn.LayerNorm, eps=1e-3), nn.SiLU); m.train()(x) | model=m | grad=parameters | x=f32[2,3,5,5] | tol=1e-4

ACTS = {"relu": nn.ReLU, "gelu": partial(nn.GELU, approximate="tanh"), "lrelu": lambda: nn.LeakyReLU(0.2)}


# run m = Registry("gelu"); m(x) | model=m | grad=parameters | x=f32[2,4]
# run m = Registry("lrelu", "rms"); m(x) | model=m | grad=parameters | x=f32[2,4]
# run m = Registry("Tanh"); m(x) | model=m | grad=parameters | x=f32[2,4]
class Registry(nn.Module):
    def __init__(self, act, norm="ln"):
        super().__init__()
        self.act = ACTS[act]() if act in ACTS else getattr(nn, act)()
        norm_cls = {"ln": nn.LayerNorm, "rms": nn.RMSNorm}[norm]
        for i in range(3):
            self.add_module(f"fc{i}", nn.Linear(4, 4))
            self.add_module("norm%d" % i, norm_cls(4))
        self.n = 3

    def forward(self, x):
        for i in range(self.n):
            x = self.act(getattr(self, "norm{}".format(i))(getattr(self, f"fc{i}")(x)))
        return x


# run m = Seq(); m(x), [type(l).__name__ for l in m.net], len(m.net), len(m.net[1:3]) | model=m | grad=parameters | x=f32[2,4]
# run m = Seq(); keys(m)
class Seq(nn.Module):
    def __init__(self):
        super().__init__()
        layers = []
        for i in range(2):
            layers += [nn.Linear(4, 4), nn.ReLU()]
        layers.extend([nn.Linear(4, 4)])
        self.net = nn.Sequential(*layers)
        self.net.append(nn.Tanh())
        self.net.insert(0, nn.Identity())
        self.net[1] = nn.Linear(4, 4, bias=False)
        self.tail = self.net[-2:]
        self.named = nn.Sequential(OrderedDict(a=nn.Linear(4, 4), b=nn.ReLU()))
        self.d = nn.ModuleDict({"x": nn.Linear(4, 4), "y": nn.Identity()})
        self.d["z"] = nn.Linear(4, 4)
        self.d.update({"w": nn.Identity()})
        self.l = nn.ModuleList()
        for i in range(2):
            self.l.append(nn.Linear(4, 4))
        self.l += [nn.Identity()]
        self.l.extend([nn.Linear(4, 4)])

    def forward(self, x):
        for i, layer in enumerate(self.net):
            x = layer(x)
        x = self.tail(x) + self.named.a(x)
        for k in self.d:
            x = self.d[k](x)
        for k, v in self.d.items():
            x = x + v(x)
        for v in self.d.values():
            x = v(x)
        if "z" in self.d and self.l[-1] is not None:
            x = self.l[-1](x)
        for a, b in zip(self.l, self.l[1:]):
            x = b(a(x))
        for m in reversed(self.l):
            x = m(x)
        return x


def keys(m: nn.Module):
    return sorted(m.state_dict()), [n for n, _ in m.named_parameters()], list(m.d.keys()), len(m.d), len(m.l)


# run m = SubSeq(4, 3); m(x), sorted(m.state_dict()) if False else 1 | model=m | grad=parameters | x=f32[2,4]
# run keys2(SubSeq(4, 3))
class SubSeq(nn.Sequential):
    def __init__(self, i, o, k=2):
        super().__init__(nn.Linear(i, o), nn.LayerNorm(o), nn.ReLU(inplace=True))
        self.k = k

    def forward(self, x):
        return super().forward(x) * self.k


def keys2(m: nn.Module):
    return sorted(m.state_dict()), len(m), [n for n, _ in m.named_children()]


# run m = ParamLists(); m(x) | model=m | grad=parameters | x=f32[2,4]
# run keys3(ParamLists())
class ParamLists(nn.Module):
    def __init__(self):
        super().__init__()
        self.ws = nn.ParameterList([nn.Parameter(torch.ones(4)) for _ in range(2)])
        self.ws.append(nn.Parameter(torch.zeros(4)))
        self.bs = nn.ParameterList()
        for i in range(2):
            self.bs.append(nn.Parameter(torch.ones(4)))
        self.ts = nn.ParameterList([torch.ones(4), torch.zeros(4)])
        self.pd = nn.ParameterDict()
        for n in ("a", "b"):
            self.pd[n] = nn.Parameter(torch.ones(4))

    def forward(self, x):
        for w, b in zip(self.ws, self.bs):
            x = x * w + b
        for k, v in self.pd.items():
            x = x * v
        return x * self.ws[-1] + self.ts[0] + self.pd["a"] + len(self.ws)


def keys3(m: nn.Module):
    return sorted(m.state_dict()), [n for n, p in m.named_parameters() if p.requires_grad]


class OwnLast(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(3))
        self.out = nn.Linear(3, 4)
        self.gate = nn.Parameter(torch.zeros(5))
        self.out.bias.requires_grad_(False)


# run order_of_parameters(x) | x=f32[2]
def order_of_parameters(x):
    model = OwnLast()
    return [tuple(p.shape) for p in model.parameters() if p.requires_grad], [tuple(p.shape) for p in filter(lambda p: p.requires_grad, model.parameters())]


# run trained_alone(x) | x=f32[2]
def trained_alone(x):
    model = OwnLast()
    return [tuple(p.shape) for p in model.parameters() if p.requires_grad == True], sum(p.numel() for p in model.parameters() if p.requires_grad is True)


# run trees_of_both(x) | x=f32[2]
def trees_of_both(x):
    model = nn.Linear(2, 3)
    leaves, spec = tree_flatten({"x": [x, (x, 1)]})
    names = [name for name, p in model.named_parameters() if p.requires_grad]
    return leaves, tree_unflatten(leaves, spec), tree_map(lambda leaf: leaf * 2, [x]), names, sum(p.numel() for p in model.parameters() if p.requires_grad)
