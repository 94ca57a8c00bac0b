"""The state of modules: parameters and buffers in every spelling, what is trained, what is saved, what is read again."""
import copy
from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F


def names_of(m: nn.Module):
    return sorted(m.state_dict()), [n for n, _ in m.named_parameters()], sorted(n for n, _ in m.named_buffers())


def trained(m: nn.Module):
    return [n for n, p in m.named_parameters() if p.requires_grad]


def count(m: nn.Module):
    return len(list(m.modules())), sum(p.numel() for p in m.parameters())


def reloaded(m: nn.Module, into: nn.Module):
    print(into.load_state_dict(m.state_dict()))
    return into


# run m = FrozenList(); m(x) | model=m | grad=parameters | x=f32[2,4]
# run m = FrozenList(); names_of(m), trained(m)
class FrozenList(nn.Module):
    def __init__(self):
        super().__init__()
        self.scales = nn.ParameterList([nn.Parameter(torch.ones(4) * i, requires_grad=i > 0) for i in range(3)])

    def forward(self, x):
        for s in self.scales:
            x = x * s + 1
        return x


# run m = FrozenDict(); m(x) | model=m | grad=parameters | x=f32[2,4]
# run m = FrozenDict(); names_of(m), trained(m)
class FrozenDict(nn.Module):
    def __init__(self):
        super().__init__()
        self.p = nn.ParameterDict({
            "a": nn.Parameter(torch.ones(4)),
            "b": nn.Parameter(torch.full((4,), 2.0), requires_grad=False),
        })
        self.p["c"] = nn.Parameter(torch.zeros(4))

    def forward(self, x):
        return x * self.p["a"] + self.p["b"] * self.p["c"]


# run m = FrozenAttr(); m(x) | model=m | grad=parameters | x=f32[2,4]
# run m = FrozenAttr(); names_of(m), trained(m)
class FrozenAttr(nn.Module):
    def __init__(self, learn=False):
        super().__init__()
        self.a = nn.Parameter(torch.ones(4), requires_grad=False)
        self.b = nn.Parameter(torch.ones(4), requires_grad=learn)
        self.c = nn.Parameter(torch.ones(4), False)
        self.d = nn.Parameter(torch.ones(4))
        self.e = nn.Parameter(torch.ones(4))
        self.e.requires_grad = False
        self.f = nn.Parameter(torch.ones(4))
        self.f.requires_grad_(False)
        self.g = nn.Parameter(torch.ones(4))

    def forward(self, x):
        return x * self.a + self.b * self.c + self.d * self.e * self.f + self.g * self.a


# run m = RegisterNone(True); m(x) | model=m | grad=parameters | x=f32[2,4]
# run m = RegisterNone(False); m(x) | model=m | grad=parameters | x=f32[2,4]
# run m = RegisterNone(False); names_of(m), m.bias is None
# run m = RegisterNone(True); names_of(m), m.bias is None
class RegisterNone(nn.Module):
    def __init__(self, bias):
        super().__init__()
        self.register_parameter("weight", nn.Parameter(torch.ones(3, 4)))
        if bias:
            self.register_parameter("bias", nn.Parameter(torch.zeros(3)))
        else:
            self.register_parameter("bias", None)
        self.register_buffer("mask", None)

    def forward(self, x):
        y = F.linear(x, self.weight, self.bias)
        if self.mask is not None:
            y = y * self.mask
        return y


# run m = LateParam(); m(x) | x=f32[2,4]
# run m = LateParam(); m(x); names_of(m) | x=f32[2,4]
class LateParam(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_parameter("scale", None)
        self.register_buffer("seen", None)

    def forward(self, x):
        if self.scale is None:
            self.scale = nn.Parameter(torch.ones(x.shape[-1]) * 2)
        if self.seen is None:
            self.seen = torch.zeros(x.shape[-1])
        self.seen = self.seen + x.sum(0)
        return x * self.scale + self.seen


# run m = Constants(); m(x) | model=m | grad=parameters | x=f32[2,4]
# run m = Constants(); names_of(m), trained(m)
class Constants(nn.Module):
    def __init__(self):
        super().__init__()
        self.mean = torch.tensor([0.1, 0.2, 0.3, 0.4])
        self.table = torch.arange(4).float()
        self.pair = (torch.ones(4), torch.zeros(4))
        self.rows = [torch.ones(4) * i for i in range(2)]
        self.named = {"w": torch.full((4,), 3.0)}
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        return self.fc((x - self.mean) * self.table) + self.pair[0] + self.rows[1] * self.named["w"]


# run m = PlainListOfParams(); m(x) | x=f32[2,4]
# run m = PlainListOfParams(); names_of(m), trained(m)
class PlainListOfParams(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = [nn.Parameter(torch.ones(4)), nn.Parameter(torch.ones(4))]
        self.seen = nn.Parameter(torch.ones(4))

    def forward(self, x):
        return x * self.hidden[0] + self.hidden[1] * self.seen


# run m = PlainListOfLayers(); names_of(m), trained(m)
class PlainListOfLayers(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(4, 4), nn.Linear(4, 4)]
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        for l in self.layers:
            x = l(x)
        return self.head(x)


# run m = Underscores(); m(x) | model=m | grad=parameters | x=f32[2,4]
# run m = Underscores(); names_of(m), trained(m)
class Underscores(nn.Module):
    def __init__(self):
        super().__init__()
        self._w = nn.Parameter(torch.ones(4))
        self._fc = nn.Linear(4, 4)
        self.register_buffer("_buf", torch.ones(4))
        self.register_buffer("_hid", torch.ones(4), persistent=False)
        self._const = torch.ones(4) * 2

    def forward(self, x):
        return self._fc(x * self._w) + self._buf * self._hid * self._const


# run m = DictNames(); m(x) | model=m | grad=parameters | x=f32[2,4]
# run m = DictNames(); names_of(m), trained(m)
class DictNames(nn.Module):
    def __init__(self):
        super().__init__()
        self.keys = nn.Linear(4, 4)
        self.values = nn.Linear(4, 4)
        self.items = nn.Parameter(torch.ones(4))
        self.register_buffer("pop", torch.ones(4))
        self.update = nn.Linear(4, 4)
        self.copy = 3
        self.get = nn.Parameter(torch.ones(4), requires_grad=False)

    def forward(self, x):
        k, v = self.keys(x), self.values(x)
        return self.update(k * v * self.items) + self.pop * self.copy + self.get


# run m = MlxNames(); m(x) | model=m | grad=parameters | x=f32[2,4]
# run m = MlxNames(); names_of(m), trained(m)
class MlxNames(nn.Module):
    def __init__(self):
        super().__init__()
        self.state = nn.Linear(4, 4)
        self.freeze = nn.Parameter(torch.ones(4))
        self.leaf_modules = nn.Linear(4, 4)
        self.filter_and_map = 2.0
        self.register_buffer("unfreeze", torch.ones(4))

    def forward(self, x):
        return self.leaf_modules(self.state(x) * self.freeze) * self.filter_and_map + self.unfreeze


# run m = TiedThree(); m(x) | model=m | grad=parameters | x=i64[2,3] < 7
# run m = TiedThree(); names_of(m), trained(m), count(m)
# run m = TiedThree(); train_sgd(m, x, 3), m | model=m | x=i64[2,3] < 7 | train=3
# run m = TiedThree(); n = reloaded(m, TiedThree()); double(n); n(x) | model=m | x=i64[2,3] < 7
class TiedThree(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(7, 4)
        self.body = nn.Sequential(nn.Linear(4, 4), nn.GELU())
        self.head = nn.Linear(4, 7, bias=False)
        self.head.weight = self.emb.weight

    def forward(self, x):
        return self.head(self.body(self.emb(x)))


def double(m: TiedThree):
    with torch.no_grad():
        m.emb.weight.mul_(2)


def train_sgd(m: nn.Module, x, n):
    opt = torch.optim.SGD(m.parameters(), lr=0.1)
    losses = []
    for _ in range(n):
        opt.zero_grad()
        loss = m(x).pow(2).mean()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses


# run m = TiedModules(); m(x) | model=m | grad=parameters | x=f32[2,4]
# run m = TiedModules(); names_of(m), count(m)
class TiedModules(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.b = self.a
        self.c = nn.ModuleList([self.a, nn.Linear(4, 4)])

    def forward(self, x):
        x = self.b(self.a(x))
        for l in self.c:
            x = l(x)
        return x


# run m = BufferUpdates(); m.train(); m(x); m(x), m.mean, m.n | model=m | x=f32[2,4]
# run m = BufferUpdates(); m.train(); m(x); m.eval(); m(x), m.mean, names_of(m) | model=m | x=f32[2,4]
# run m = BufferUpdates(); m(x) | model=m | grad=parameters | x=f32[2,4]
class BufferUpdates(nn.Module):
    def __init__(self, momentum=0.1):
        super().__init__()
        self.momentum = momentum
        self.gain = nn.Parameter(torch.ones(4))
        self.register_buffer("mean", torch.zeros(4))
        self.register_buffer("n", torch.tensor(0, dtype=torch.long))
        self.register_buffer("hist", torch.zeros(3, 4), persistent=False)

    def forward(self, x):
        if self.training:
            self.mean.mul_(1 - self.momentum).add_(self.momentum * x.detach().mean(0))
            self.n += 1
            self.hist[0] = x.detach().mean(0)
        return (x - self.mean) * self.gain + self.hist.sum(0)


# run m = RopeCache(); m(x) | model=m | grad=parameters | x=f32[2,5,4]
# run m = RopeCache(); m(x); names_of(m) | x=f32[2,5,4]
class RopeCache(nn.Module):
    def __init__(self, dim=4):
        super().__init__()
        inv = 1.0 / (100 ** (torch.arange(0, dim, 2).float() / dim))
        self.register_buffer("inv_freq", inv, persistent=False)
        self.proj = nn.Linear(dim, dim)
        self.cos_cached = None
        self.max_len = 0

    def _build(self, n):
        t = torch.arange(n, device=self.inv_freq.device, dtype=self.inv_freq.dtype)
        freqs = torch.outer(t, self.inv_freq)
        emb = torch.cat((freqs, freqs), dim=-1)
        self.register_buffer("cos_cached2", emb.cos(), persistent=False)
        self.cos_cached = emb.cos()
        self.max_len = n

    def forward(self, x):
        if x.shape[1] > self.max_len:
            self._build(x.shape[1])
        return self.proj(x) * self.cos_cached[: x.shape[1]] + self.cos_cached2


# run m = FromNone(); m(x) | model=m | grad=parameters | x=f32[2,4]
# run m = FromNone(); names_of(m), trained(m)
class FromNone(nn.Module):
    def __init__(self, use_norm=True):
        super().__init__()
        self.norm = None
        self.skip = None
        self.bias = None
        if use_norm:
            self.norm = nn.LayerNorm(4)
            self.bias = nn.Parameter(torch.ones(4))
        self.act = nn.ReLU() if use_norm else None

    def forward(self, x):
        if self.norm is not None:
            x = self.norm(x)
        if self.skip is not None:
            x = self.skip(x)
        if self.act is not None:
            x = self.act(x)
        return x + self.bias


# run m = ReassignedNone(); m(x), names_of(m), m.fc is None | x=f32[2,4]
class ReassignedNone(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.w = nn.Parameter(torch.ones(4))
        self.keep = nn.Linear(4, 4)
        self.fc = None
        self.w = None
        del self.keep

    def forward(self, x):
        return x if self.fc is None else self.fc(x)


# run m = ParamFromData(); m(x) | model=m | grad=parameters | x=f32[2,4]
# run m = ParamFromData(); names_of(m)
class ParamFromData(nn.Module):
    def __init__(self):
        super().__init__()
        w = torch.empty(4, 4)
        nn.init.eye_(w)
        self.w = nn.Parameter(w)
        b = nn.Parameter(torch.zeros(4))
        self.b = b
        p = torch.nn.Parameter(torch.ones(1))
        setattr(self, "scale", p)
        for i in range(2):
            setattr(self, f"s{i}", nn.Parameter(torch.ones(4)))
            self.register_parameter(f"r{i}", nn.Parameter(torch.ones(4)))
            self.register_buffer("b%d" % i, torch.ones(4))
        self.logit_scale = nn.Parameter(torch.tensor(1.5))

    def forward(self, x):
        for i in range(2):
            x = x * getattr(self, f"s{i}") + getattr(self, "r{}".format(i)) * getattr(self, "b%d" % i)
        return x @ self.w * self.scale + self.b * self.logit_scale.exp()


# run m = ExtraParam(4, 3); m(x) | model=m | grad=parameters | x=f32[2,4]
# run m = ExtraParam(4, 3); names_of(m), trained(m)
class ExtraParam(nn.Linear):
    def __init__(self, i, o):
        super().__init__(i, o)
        self.gain = nn.Parameter(torch.ones(o))
        self.register_buffer("mask", torch.tril(torch.ones(o, i)))
        self.weight.requires_grad = False

    def forward(self, x):
        return F.linear(x, self.weight * self.mask, self.bias) * self.gain


# run m = IsParam(); is_params(m) | todo
class IsParam(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.ones(2))
        self.register_buffer("b", torch.ones(2))


def is_params(m):
    return isinstance(m.a, nn.Parameter), [k for k, v in m.named_parameters() if isinstance(v, nn.Parameter)]


def replace_bn(model: nn.Module):
    for name, child in model.named_children():
        if isinstance(child, nn.BatchNorm1d):
            setattr(model, name, nn.Identity())
        elif isinstance(child, nn.ReLU):
            setattr(model, name, nn.Tanh())
        else:
            replace_bn(child)


# run m = Mixed(); replace_bn(m); m(x), count(m)[0] | model=m | x=f32[3,4]
# run m = Mixed(); kinds(m)
class Mixed(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.ModuleList([nn.Linear(4, 4), nn.BatchNorm1d(4), nn.ReLU()])
        self.b = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.ReLU())
        self.c = nn.ModuleDict({"x": nn.Linear(4, 4), "n": nn.BatchNorm1d(4), "r": nn.ReLU()})
        self.n = nn.BatchNorm1d(4)

    def forward(self, x):
        for l in self.a:
            x = l(x)
        x = self.b(x)
        for l in self.c.values():
            x = l(x)
        return self.n(x)


def kinds(m: nn.Module):
    a = [type(k).__name__ for k in m.children()]
    b = [n for n, _ in m.named_children()]
    return len(a), b, len(list(m.children())[:-1]), [n for n, _ in m.named_modules()]


# run m = Lists(); listed(m)
# run m = Lists(); m(x) | x=f32[2,4]
class Lists(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4)]) for _ in range(2)])
        self.table = nn.ModuleDict({"k": nn.ModuleList([nn.Linear(4, 4)])})

    def forward(self, x):
        for row in self.blocks:
            for l in row:
                x = l(x)
        return self.table["k"][0](x)


def listed(m: nn.Module):
    return [n for n, _ in m.named_modules()], [n for n, _ in m.named_parameters()], len(list(m.blocks.parameters())), sum(p.numel() for p in m.blocks[0].parameters())


# run m = Idx(); m(x), trained(m) | model=m | x=f32[2,4]
class Idx(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])
        self.drops = nn.ModuleList([nn.Dropout(0.5)])
        self.blocks.requires_grad_(False)
        self.drops.eval()
        for p in self.blocks.parameters():
            nn.init.ones_(p)

    def forward(self, x):
        for b, d in zip(self.blocks, self.drops):
            x = d(b(x))
        return x


# run names_of(Trail()), trained(Trail())
# run m = Trail(); m(x) | model=m | grad=parameters | x=f32[2,4]
class Trail(nn.Module):
    def __init__(self):
        super().__init__()
        self.lambda_ = nn.Parameter(torch.ones(4))
        self._hidden = nn.Linear(4, 4)
        self.keys = nn.Linear(4, 4)
        self.fc_ = nn.Linear(4, 4)
        self.register_parameter("_raw", nn.Parameter(torch.ones(4)))
        self.register_parameter("items", nn.Parameter(torch.ones(4)))
        self.register_parameter("_off", None)
        self.register_buffer("pop", torch.ones(4))
        self.add_module("_inner", nn.Linear(4, 4))
        self.add_module("values", nn.Linear(4, 4))
        self.__private = nn.Linear(4, 4)
        for i in range(2):
            setattr(self, f"_step{i}", nn.Linear(4, 4))
            setattr(self, "_w%d" % i, nn.Parameter(torch.ones(4) * i, requires_grad=i > 0))
        setattr(self, "_set", nn.Parameter(torch.ones(4)))

    def forward(self, x):
        x = self._hidden(x) * self.lambda_ + self.keys(x) * self._raw + self.fc_(x) * self.items
        return self._inner(x) + self.values(x) + self.pop + self.__private(x) * self._set + self._step1(getattr(self, '_step0')(x)) * self._w0 + self._w1


# run m = Hid(); len(list(parameters_of(m))), sorted(saved(m))
# run m = Hid(); m(x) | x=f32[2,4]
class Hid(nn.Module):
    def __init__(self):
        super().__init__()
        self.plain = [nn.Parameter(torch.ones(4)), nn.Parameter(torch.ones(4))]
        self.pair = (nn.Parameter(torch.ones(4)), 3)
        self.named = {"w": nn.Parameter(torch.ones(4))}
        self.later = []
        for i in range(2):
            self.later.append(nn.Parameter(torch.ones(4) * i))
        self.seen = nn.Parameter(torch.ones(4))

    def forward(self, x):
        return x * self.plain[0] * self.pair[0] * self.named["w"] + self.later[1] + self.plain[1]


def parameters_of(m: nn.Module):
    return m.parameters()


def saved(m: nn.Module):
    return m.state_dict()


# run m = Weighted(w); m(x, y), count(m) | w=f32[3]>0 | x=f32[2,3] | y=f32[2,3] | grad=x
class Weighted(nn.Module):
    def __init__(self, weights):
        super().__init__()
        self.weights = weights

    def forward(self, x, y):
        return (self.weights * (x - y) ** 2).mean()


# run m = Cache(4); m(x), m(x + 1), count(m), trained(m) | model=m | x=f32[2,3,4]
class Cache(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.kv = nn.Linear(dim, 2 * dim)
        self.k, self.v = None, None

    def forward(self, x):
        k, v = self.kv(x).chunk(2, dim=-1)
        if self.k is not None:
            k, v = torch.cat([self.k, k], 1), torch.cat([self.v, v], 1)
        self.k, self.v = k, v
        return (x @ k.transpose(1, 2)).softmax(-1) @ v


# run in_order(Ordered()), str(reloaded_plainly(Ordered()))
class Ordered(nn.Module):
    """A state has the parameters of a module before its buffers."""

    def __init__(self):
        super().__init__()
        self.register_buffer("steps", torch.zeros(1))
        self.first = nn.Parameter(torch.ones(2))
        self.register_buffer("mean", torch.zeros(2))
        self.layers = nn.ModuleList([nn.Linear(2, 2), nn.BatchNorm1d(2)])
        self.last = nn.Parameter(torch.ones(2))


def in_order(m: nn.Module):
    return list(m.state_dict()), [type(child).__name__ for child in m.modules()]


def reloaded_plainly(m: nn.Module):
    return m.load_state_dict(m.state_dict())


# run nothing_is_uninitialized()
def nothing_is_uninitialized():
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    known = [p for p in net.parameters() if not isinstance(p, nn.parameter.UninitializedParameter)]
    return len(known), any(isinstance(b, nn.parameter.UninitializedBuffer) for b in net.buffers())


# run m = LaterPlaces(); ordered(m), m.fill(), ordered(m), ordered(copy.deepcopy(m))
# run m = LaterPlaces(); m.fill(); flat(m)
class LaterPlaces(nn.Module):
    """What is registered as None has its place; buffers come in the order in which they were registered."""

    def __init__(self):
        super().__init__()
        self.register_buffer("z", torch.zeros(1), persistent=False)
        self.register_buffer("m", torch.zeros(2))
        self.register_buffer("none", None)
        self.register_buffer("a", torch.zeros(3), persistent=False)
        self.u = nn.Parameter(torch.ones(2))
        self.register_parameter("b", None)
        self.register_parameter("c", None)
        self.register_parameter("w", nn.Parameter(torch.ones(2) * 2))

    def fill(self):
        self.c = nn.Parameter(torch.ones(7) * 3)
        self.none = torch.ones(4)
        self.b = nn.Parameter(torch.ones(5) * 4)


def ordered(m: nn.Module):
    return [n for n, _ in m.named_parameters()], [n for n, _ in m.named_buffers()], list(m.state_dict())


def flat(m: nn.Module):
    return torch.cat([p.flatten() for p in m.parameters()])


class TwoBuffers(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("kept", torch.ones(2))
        self.register_buffer("table", torch.ones(2))
        self.register_buffer("cache", torch.ones(2), persistent=False)


# run deleted_buffers()
def deleted_buffers():
    net, found = TwoBuffers(), []
    for name in ("table", "cache"):
        delattr(net, name)
        found.append(([n for n, _ in net.named_buffers()], len(list(net.buffers())), list(net.state_dict()), hasattr(net, name)))
    return found


class LateMiddle(nn.Module):
    def __init__(self):
        super().__init__()
        self.add_module("first", nn.Linear(2, 2))
        self.add_module("middle", None)
        self.register_module("last", nn.Linear(2, 2))

    def forward(self, x):
        return self.last(x if self.middle is None else self.middle(x))


# run none_for_now()
def none_for_now():
    net = LateMiddle()
    before = list(net.state_dict()), [n for n, _ in net.named_children()], net.middle is None
    net.middle = nn.Linear(2, 2)
    return before, list(net.state_dict()), [n for n, _ in net.named_children()], [n for n, _ in net.named_parameters()]


class HiddenKeys(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleDict({"_in": nn.Linear(2, 2), "out_": nn.Linear(2, 2)})
        self.scales = nn.ParameterDict({"_s": nn.Parameter(torch.ones(2)), "_f": nn.Parameter(torch.ones(2), requires_grad=False)})
        self.tail = nn.Sequential()
        self.tail.add_module("_first", nn.Linear(2, 2))
        self.tail.add_module("last", nn.Linear(2, 1))

    def forward(self, x):
        for layer in self.layers.values():
            x = layer(x)
        return self.tail(x * self.scales["_s"] + self.scales["_f"])


# run hidden_keys(x) | x=f32[3,2]
def hidden_keys(x):
    net = HiddenKeys()
    with torch.no_grad():
        for i, p in enumerate(net.parameters()):
            p.fill_(0.1 * (i + 1))
    found = [names_of(net), [n for n, _ in net.named_modules()], list(net.layers), "_in" in net.layers, "in_" in net.layers, str(net)]
    found.append([n for n, p in net.named_parameters() if p.requires_grad])
    net.scales["_s"].requires_grad_(False)
    found.append([n for n, p in net.named_parameters() if p.requires_grad])
    net.scales["_s"].requires_grad_(True)
    opt = torch.optim.Adam(net.parameters(), lr=0.1)
    for _ in range(2):
        loss = net(x).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    twin = copy.deepcopy(net)
    twin.load_state_dict({k: v * 2 for k, v in net.state_dict().items()})
    return found, net(x), twin(x), net.state_dict(), net.layers.pop("_in").in_features, list(net.layers)


# run listed_at_last() | weights=own
class ListedAtLast(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = []
        self.scales = []
        self.build()
        self.scales.append(nn.Parameter(torch.ones(1)))
        self.scales = nn.ParameterList(self.scales)
        self.finish()

    def build(self):
        for _ in range(2):
            self.layers.append(nn.Linear(2, 2))

    def finish(self):
        self.layers = nn.ModuleList(self.layers)


def listed_at_last():
    model = ListedAtLast()
    return sorted(model.state_dict()), sum(p.numel() for p in model.parameters())


# run listed_from_outside() | weights=own
class HeldInAList(nn.Module):
    def __init__(self):
        super().__init__()
        self.held = [nn.Linear(2, 2)]


def listed_from_outside():
    model = HeldInAList()
    model.held = nn.ModuleList(model.held)
    return sorted(model.state_dict()), sum(p.numel() for p in model.parameters())


# run state_of_its_own(nn.Linear(2, 3))
def state_of_its_own(m: nn.Linear):
    state = m.state_dict()
    m.load_state_dict(state)
    with torch.no_grad():
        m.weight.add_(1.0)
        m.bias.mul_(2.0)
    m.load_state_dict(state, strict=False)
    return state["weight"], state["bias"], m.weight


# run states_in_one(nn.Linear(2, 3), nn.Linear(3, 1))
def states_in_one(a: nn.Linear, b: nn.Linear):
    both = {}
    a.state_dict(destination=both, prefix="a.")
    b.state_dict(destination=both, prefix="b.")
    return both


# run listed_children(Listed(), x) | x=f32[1,2]
class Listed(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2)])


def listed_children(m: Listed, x: torch.Tensor):
    places = m.get_submodule("blocks")
    places[0] = nn.ReLU()
    places.insert(1, nn.Tanh())
    places.extend([nn.Identity(), nn.Sigmoid()])
    del places[2]
    y = x
    for layer in m.blocks:
        y = layer(y)
    return y, len(places), [type(k).__name__ for k in m.blocks], len(m.state_dict())


# run statistics_switched_off(x) | x=f32[4,2]
def statistics_switched_off(x):
    bn = nn.BatchNorm1d(2)
    norms = [bn, nn.InstanceNorm1d(2, track_running_stats=True)]
    for norm in norms:
        norm.track_running_stats = False
    trained = bn(x), norms[1](x.t()[None])
    stats = bn.running_mean.clone(), bn.num_batches_tracked.item(), norms[1].running_mean.clone()
    for norm in norms:
        norm.eval()
    still = bn(x), norms[1](x.t()[None])
    bn.track_running_stats = True
    bn.train()
    bn(x)
    return trained, stats, still, bn.running_var
