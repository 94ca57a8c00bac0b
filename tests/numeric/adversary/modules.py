"""Modules: containers, attributes, modes, initialisation, buffers."""
import contextlib
import copy
import math
from collections import OrderedDict

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn import init


# run model = ChoiceByLargest(); model(x) | model=model | x=f32[4,3] | grad=x
class ChoiceByLargest(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(3, 3)

    def forward(self, x):
        return largest(self.lin(x))


def largest(rows):
    return rows[torch.arange(len(rows)), rows.argmax(1)]


class Hooked(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 3)
        self.norm = nn.BatchNorm1d(3)
        self.seen = []
        self.a.register_forward_hook(self.keep)
        self.norm.register_forward_pre_hook(lambda module, args: (args[0] * 2,))

    def keep(self, module, args, output):
        self.seen.append(output)

    def train(self, mode=True):
        super(Hooked, self).train(mode)
        self.norm.eval()
        return self

    def forward(self, x):
        return self.norm(self.a(x))


class Holder(nn.Module):
    def __init__(self):
        super().__init__()
        self.hooked = Hooked()
        self.norm = nn.BatchNorm1d(3)

    def forward(self, x):
        return self.norm(self.hooked(x)) + self.hooked.seen[-1]


# run model = Holder(); hooked(model, x) | model=model | x=f32[4,3] | grad=x
def hooked(model, x):
    model.train()
    y = model(x)
    modes = [model.training, model.norm.training, model.hooked.training, model.hooked.norm.training]
    model.eval()
    return y, modes, model(x), model.norm.training, model.hooked.a.training


# run m = InitLoop(); m(x), [float(p.sum()) for p in (m.fc.bias, m.norm.bias)] | x=f32[2,4]
class InitLoop(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)
        self.norm = nn.LayerNorm(3)
        self.conv = nn.Conv1d(1, 1, 3, padding=1)
        for m in self.modules():
            if isinstance(m, nn.Linear):
                nn.init.constant_(m.weight, 0.5)
                if m.bias is not None:
                    nn.init.zeros_(m.bias)
            elif isinstance(m, (nn.Conv1d, nn.Conv2d)):
                m.weight.data.fill_(0.25)
                m.bias.data.zero_()
            elif isinstance(m, nn.LayerNorm):
                nn.init.constant_(m.bias, 1.0)
                m.weight.data.fill_(2.0)

    def forward(self, x):
        return self.conv(self.norm(self.fc(x)).unsqueeze(1)).squeeze(1)


# run m = ApplyInit(); m(x) | x=f32[2,4]
class ApplyInit(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 3, bias=False), nn.ReLU(inplace=True), nn.Linear(3, 2))
        self.apply(self._init_weights)

    def _init_weights(self, m):
        if isinstance(m, nn.Linear):
            m.weight.data.fill_(0.1)
            if m.bias is not None:
                m.bias.data.fill_(-0.5)

    def forward(self, x):
        return self.net(x)


# run m = TruthyAct(); m(x) | model=m | x=f32[2,4]
class TruthyAct(nn.Module):
    def __init__(self, act=nn.ReLU, drop=None):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.act = act()
        self.drop = drop
        self.skip = nn.Identity()

    def forward(self, x):
        x = self.fc(x)
        if self.act:
            x = self.act(x)
        if self.drop:
            x = self.drop(x)
        y = self.skip(x) if self.skip else x * 100
        return y


# run m = SeqIndex(); m(x) | model=m | x=f32[2,4]
class SeqIndex(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))

    def forward(self, x):
        h = self.net[0](x)
        for layer in self.net[1:]:
            h = layer(h)
        return h, len(self.net), self.net[-1].weight.shape, self.net[0].in_features


# run m = ModList(); m(x) | model=m | x=f32[2,4]
class ModList(nn.Module):
    def __init__(self, n=3):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(n)])
        self.norms = nn.ModuleList()
        for _ in range(n):
            self.norms.append(nn.LayerNorm(4))
        self.heads = nn.ModuleDict({"a": nn.Linear(4, 2), "b": nn.Linear(4, 3)})

    def forward(self, x):
        for i, (l, n) in enumerate(zip(self.layers, self.norms)):
            x = x + l(n(x)) * i
        return {k: h(x) for k, h in self.heads.items()}, self.heads["a"](x), "b" in self.heads, len(self.layers), list(self.heads.keys())


# run m = TupleMods(); m(x) | model=m | x=f32[2,4]
class TupleMods(nn.Module):
    def __init__(self):
        super().__init__()
        blocks = []
        for i in range(2):
            blocks.append((nn.Linear(4, 4), nn.GELU()))
        self.blocks = nn.ModuleList([nn.ModuleList(b) for b in blocks])

    def forward(self, x):
        for lin, act in self.blocks:
            x = act(lin(x)) + x
        return x


# run m = HiddenTuple(); m(x), len(list(m.parameters())) | x=f32[2,4] | check=shape
class HiddenTuple(nn.Module):
    def __init__(self):
        super().__init__()
        self.pair = (nn.Linear(4, 4), nn.Linear(4, 4))
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        return self.fc(self.pair[1](self.pair[0](x)))


# run m = BadNames(); m(x) | model=m | x=f32[2,4]
class BadNames(nn.Module):
    def __init__(self):
        super().__init__()
        self.keys = nn.Linear(4, 4, bias=False)
        self.values = nn.Linear(4, 4, bias=False)
        self.items = 3
        self.state = nn.Linear(4, 4)
        self._hidden = nn.Linear(4, 4)

    def forward(self, x):
        return self._hidden(self.state(self.keys(x) * self.values(x))) * self.items


# run m = Bn().train(); m(x), m.bn.running_mean, m.bn.running_var | model=m | x=f32[4,3,5]
# run m = Bn().eval(); m(x) | model=m | x=f32[4,3,5]
class Bn(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm1d(3, momentum=0.3)
        self.gn = nn.GroupNorm(1, 3)
        self.inorm = nn.InstanceNorm1d(3, affine=True)

    def forward(self, x):
        return self.inorm(self.gn(self.bn(x)))


# run m = Buffers(); m(x), key_names(m) | model=m | x=f32[2,4]
def key_names(m: nn.Module):
    return sorted(m.state_dict().keys())


class Buffers(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("scale", torch.arange(4).float() + 1)
        self.register_buffer("tmp", torch.ones(4), persistent=False)
        self.w = nn.Parameter(torch.ones(4))
        self.register_parameter("b", None)

    def forward(self, x):
        if self.b is not None:
            x = x + self.b
        return x * self.scale * self.w + self.tmp


# run m = Counter().train(); m(x); m(x), m.count | x=f32[2,4]
class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("count", torch.zeros(1))
        self.register_buffer("mean", torch.zeros(4))

    def forward(self, x):
        if self.training:
            self.count += 1
            self.mean = 0.9 * self.mean + 0.1 * x.mean(0)
            self.mean.mul_(2)
        return x - self.mean


# run m = BiasCheck(); m(x) | model=m | x=f32[2,4]
class BiasCheck(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4, bias=False)
        self.b = nn.Linear(4, 4)

    def forward(self, x):
        out = 0
        for layer in (self.a, self.b):
            y = F.linear(x, layer.weight, layer.bias)
            if layer.bias is not None:
                y = y * 2
            out = out + y
        return out, self.a.bias is None, hasattr(self.b, "bias"), self.a.out_features


# run m = Tied(); m(x) | model=m | grad=parameters | x=i64[2,3] < 5
class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(5, 4, padding_idx=0)
        self.head = nn.Linear(4, 5, bias=False)
        self.head.weight = self.emb.weight

    def forward(self, x):
        return self.head(self.emb(x) * math.sqrt(4))


# run m = Frozen(); m(x) | model=m | grad=parameters | x=f32[2,4]
class Frozen(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.b = nn.Linear(4, 4)
        for p in self.a.parameters():
            p.requires_grad = False

    def forward(self, x):
        return self.b(self.a(x))


# run m = NoGradInside(); m(x) | model=m | grad=parameters | x=f32[2,4]
class NoGradInside(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.b = nn.Linear(4, 4)

    def forward(self, x):
        with torch.no_grad():
            t = self.a(x)
        y = self.b(x)
        return (y - t).pow(2).sum() + self.b(x.detach()).sum()


# run m = Mlp(4, [5, 6], 2); m(x) | model=m | x=f32[2,4]
class Mlp(nn.Module):
    def __init__(self, inp, hidden, out):
        super().__init__()
        layers = []
        dims = [inp] + hidden
        for a, b in zip(dims[:-1], dims[1:]):
            layers += [nn.Linear(a, b), nn.LeakyReLU(0.2, inplace=True), nn.Dropout(0.0)]
        layers.append(nn.Linear(dims[-1], out))
        self.net = nn.Sequential(*layers)

    def forward(self, x):
        return self.net(x)


# run m = Ordered(); m(x) | model=m | x=f32[2,4]
class Ordered(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(OrderedDict([("fc1", nn.Linear(4, 3)), ("act", nn.Tanh()), ("fc2", nn.Linear(3, 2))]))
        self.net.add_module("last", nn.Sigmoid())

    def forward(self, x):
        return self.net(x), self.net.fc1.weight.sum()


# run m = Named(); m(x) | model=m | x=f32[2,4]
class Named(nn.Module):
    def __init__(self):
        super().__init__()
        for i in range(2):
            setattr(self, f"fc{i}", nn.Linear(4, 4))
        self.add_module("out", nn.Linear(4, 1))

    def forward(self, x):
        for i in range(2):
            x = getattr(self, f"fc{i}")(x)
        return self.out(x)


# run m = Cloned(); m(x) | model=m | x=f32[2,4]
def clones(module, n):
    return nn.ModuleList([copy.deepcopy(module) for _ in range(n)])


class Cloned(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = clones(nn.Sequential(nn.Linear(4, 4), nn.GELU()), 2)

    def forward(self, x):
        for l in self.layers:
            x = l(x)
        return x


# run m = Child(4); m(x) | model=m | x=f32[2,4]
class Base(nn.Module):
    def __init__(self, d, *, scale=1.0):
        super().__init__()
        self.fc = nn.Linear(d, d)
        self.scale = scale

    def forward(self, x):
        return self.fc(x) * self.scale


class Child(Base):
    def __init__(self, d):
        super().__init__(d, scale=0.5)
        self.extra = nn.Parameter(torch.randn(d))

    def forward(self, x, **kwargs):
        return super().forward(x) + self.extra


# run m = SubLinear(4, 3); m(x) | model=m | x=f32[2,4]
class SubLinear(nn.Linear):
    def __init__(self, *args, gain=2.0, **kwargs):
        super().__init__(*args, **kwargs)
        self.gain = gain

    def forward(self, x):
        return F.linear(x, self.weight * self.gain, self.bias)


# run m = SubSeq(4); m(x) | model=m | x=f32[2,4]
class SubSeq(nn.Sequential):
    def __init__(self, d):
        super().__init__(nn.LayerNorm(d), nn.Linear(d, d), nn.SiLU())


# run m = SubNorm(4); m(x) | model=m | x=f16[2,4]
class SubNorm(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.float()).type_as(x)


# run m = SubDict(); m(x) | model=m | x=f32[2,4]
class SubDict(nn.ModuleDict):
    def __init__(self):
        super().__init__({"q": nn.Linear(4, 4), "k": nn.Linear(4, 4)})

    def forward(self, x):
        return self["q"](x) * self["k"](x)


# run m = ParamList(); m(x) | model=m | grad=parameters | x=f32[2,4]
class ParamList(nn.Module):
    def __init__(self):
        super().__init__()
        self.ps = nn.ParameterList([nn.Parameter(torch.ones(4) * i) for i in range(3)])

    def forward(self, x):
        for p in self.ps:
            x = x + p
        return x * self.ps[1]


# run m = AugParam(); m(x) | x=f32[2,4]
class AugParam(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 2)
        with torch.no_grad():
            self.fc.weight.copy_(torch.ones(2, 4))
            self.fc.weight *= 0.5
            self.fc.bias.zero_()
            self.fc.bias[0] = 3.0
            self.fc.weight[0, :2] = 0

    def forward(self, x):
        return self.fc(x)


# run m = CacheInForward(); m(x); m(x), key_names(m) | model=m | x=f32[2,4] | todo
class CacheInForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.last = None
        self.history = []

    def forward(self, x):
        self.last = self.fc(x).detach()
        self.history.append(self.last)
        return self.last + len(self.history)


# run m = Drop(); m.eval(); m(x) | model=m | x=f32[2,4]
class Drop(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p
        self.drop = nn.Dropout(p)
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        x = F.dropout(self.fc(x), p=self.p, training=self.training)
        return self.drop(x), self.training, self.drop.p


# run m = DropPath(0.5); m.eval(); m(x) | x=f32[2,4]
class DropPath(nn.Module):
    def __init__(self, drop_prob=None):
        super(DropPath, self).__init__()
        self.drop_prob = drop_prob

    def forward(self, x):
        if self.drop_prob == 0. or not self.training:
            return x
        keep_prob = 1 - self.drop_prob
        shape = (x.shape[0],) + (1,) * (x.ndim - 1)
        random_tensor = keep_prob + torch.rand(shape, dtype=x.dtype, device=x.device)
        random_tensor.floor_()
        return x.div(keep_prob) * random_tensor


# run m = count_params(Mlp(4, [5], 2)); m
def count_params(model):
    return sum(p.numel() for p in model.parameters()), sum(p.numel() for p in model.parameters() if p.requires_grad), len(list(model.parameters()))


# run named(Mlp(4, [5], 2))
def named(model):
    return [n for n, _ in model.named_parameters()], [n for n, p in model.named_parameters() if p.dim() > 1], [type(m).__name__ for m in model.modules()][:3], [n for n, _ in model.named_children()]


# run decay_groups(Bn())
def decay_groups(model):
    decay, no_decay = [], []
    for name, p in model.named_parameters():
        if p.ndim <= 1 or name.endswith(".bias"):
            no_decay.append(name)
        else:
            decay.append(name)
    return decay, no_decay


# run roundtrip(x) | x=f32[2,4]
def roundtrip(x):
    a, b = Mlp(4, [5], 2), Mlp(4, [5], 2)
    b.load_state_dict(a.state_dict())
    return (a(x) - b(x)).abs().max() < 1e-6


# run strip_prefix(Mlp(4, [5], 2))
def strip_prefix(model):
    sd = {"module." + k: v for k, v in model.state_dict().items()}
    sd = {k.replace("module.", ""): v for k, v in sd.items()}
    model.load_state_dict(sd, strict=True)
    return sorted(sd), sd["net.0.weight"].shape


# run m = Cfg({"act": "gelu", "norm": "ln"}); m(x) | model=m | x=f32[2,4]
NORMS = {"ln": nn.LayerNorm, "bn": nn.BatchNorm1d, "none": nn.Identity}


class Cfg(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.cfg = cfg
        self.norm = NORMS[cfg["norm"]](4)
        acts = nn.ModuleDict({"gelu": nn.GELU(), "relu": nn.ReLU()})
        self.act = acts[cfg["act"]]

    def forward(self, x):
        return self.act(self.norm(x))


# run m = PropDev(); m(x) | model=m | x=f32[2,4]
class PropDev(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    @property
    def device(self):
        return next(self.parameters()).device

    @property
    def dtype(self):
        return self.fc.weight.dtype

    def forward(self, x):
        x = x.to(self.device, self.dtype)
        mask = torch.zeros(4, device=self.device, dtype=self.dtype)
        return self.fc(x) + mask


# run m = CallSelf(); m(x) | model=m | x=f32[2,4]
class CallSelf(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.fn = F.relu
        self.acts = [torch.tanh, nn.ReLU()]

    def step(self, x):
        return self.fn(self.fc(x))

    def forward(self, x, n=2):
        for _ in range(n):
            x = self.step(x)
        for a in self.acts:
            x = a(x)
        return x

    def encode(self, x):
        return self.forward(x, n=1)


# run m = CallSelf(); m.encode(x) | model=m | x=f32[2,4] | todo
# run m = Wrapper(Base(4)); m(x) | model=m | x=f32[2,4] | todo
class Wrapper(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module

    def __getattr__(self, name):
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(self.module, name)

    def forward(self, *args, **kwargs):
        return self.module(*args, **kwargs) + self.scale


# run m = Len(); m(x), len(m) | model=m | x=f32[2,4] | todo
class Len(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4)])

    def __len__(self):
        return len(self.layers)

    def __getitem__(self, i):
        return self.layers[i]

    def forward(self, x):
        return self[0](x)


# run m = Scalar(); m(x) | model=m | grad=parameters | x=f32[2,4]
class Scalar(nn.Module):
    def __init__(self):
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1))
        self.alpha = nn.Parameter(torch.tensor(0.5))
        self.temp = torch.ones([]) * 0.07

    def forward(self, x):
        return x * self.gamma + x.pow(2) * self.alpha.exp() / self.temp


# run m = CountedBatchNorm(3); m(x), m(x * 2), m.num_batches_tracked, m.running_mean | model=m | x=f32[4,3,2,2] | check=kind | tol=1e-4
class CountedBatchNorm(nn.BatchNorm2d):
    def __init__(self, num_features):
        super().__init__(num_features, momentum=None)

    def forward(self, x):
        factor = 0.0 if self.momentum is None else self.momentum
        if self.training and self.track_running_stats:
            if self.num_batches_tracked is not None:
                self.num_batches_tracked.add_(1)
                factor = 1.0 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        return F.relu(F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, self.training, factor, self.eps))


# run m = RebindingBatchNorm(3); m(x), m.num_batches_tracked.item() | model=m | x=f32[4,3] | check=kind | tol=1e-4
class RebindingBatchNorm(nn.BatchNorm1d):
    def forward(self, x):
        self.num_batches_tracked = self.num_batches_tracked + 1
        return super().forward(x)


# run m = norm_then_relu(); m(x); reset_batch_norms(m); m(x), state_of(m), m[0].num_batches_tracked | model=m | x=f32[4,3,2,2] | check=kind | tol=1e-4
def norm_then_relu():
    return nn.Sequential(nn.BatchNorm2d(3), nn.ReLU())


def state_of(model):
    return {key: value for key, value in model.state_dict().items()}


def reset_batch_norms(model):
    for m in model.modules():
        if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d)):
            m.running_mean.zero_()
            m.running_var.fill_(1)
            m.num_batches_tracked.zero_()


# run m = Scaled(3); e = copy.deepcopy(m); m(x); follow_scaled(m, e, 0.5); state_of(e), e.eval()(x) | model=m | x=f32[4,3] | check=kind | tol=1e-4
class Scaled(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(2.0))
        self.norm = nn.BatchNorm1d(n)
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))

    def forward(self, x):
        self.steps.add_(1)
        return self.norm(x) * self.scale.exp()


@torch.no_grad()
def follow_scaled(model, average, decay):
    with torch.no_grad():
        for p, q in zip(model.parameters(), average.parameters()):
            q.data.mul_(decay).add_(p.data, alpha=1 - decay)
        state = average.state_dict()
        for key, value in model.state_dict().items():
            if not value.dtype.is_floating_point:
                state[key].copy_(value)


# run m = Tuned(True); m(x) | model=m | x=f32[2,3] | grad=x,parameters
# run m = Tuned(False); m(x) | model=m | x=f32[2,3] | grad=x,parameters
class Tuned(nn.Module):
    def __init__(self, frozen):
        super().__init__()
        self.frozen = frozen
        self.layers = nn.ModuleList([nn.Linear(3, 3) for _ in range(6)])
        self.head = nn.Linear(3, 2)

    def forward(self, x):
        with torch.set_grad_enabled(not self.frozen):
            a = self.layers[0](x)
        with torch.no_grad() if self.frozen else contextlib.nullcontext():
            b = self.layers[1](x)
        with (torch.enable_grad() if not self.frozen else torch.no_grad()):
            c = self.layers[2](x)
        with torch.no_grad():
            with torch.set_grad_enabled(mode=not self.frozen):
                d = self.layers[3](x)
        with torch.no_grad():
            with torch.no_grad() if self.frozen else contextlib.ExitStack():
                e = self.layers[4](x)
        f = torch.no_grad()(self.layers[5])(x)
        return self.head(a + b * c + d + e * f)


# run m = TunedLater(True); m(x) | model=m | x=f32[2,3] | grad=x,parameters | todo
class TunedLater(Tuned):
    def forward(self, x):
        context = torch.no_grad if self.frozen else contextlib.nullcontext
        with context():
            a = self.layers[0](x)
        torch.set_grad_enabled(not self.frozen)
        b = self.layers[1](x)
        torch.set_grad_enabled(True)
        return self.head(a + b)
