"""Walkers of models, and programs that change one while it runs: methods, layers, hooks, copies, averages."""
import copy
import types
import torch
import torch.nn as nn
import torch.nn.functional as F


def names(m: nn.Module):
    return list(m.state_dict()), [n for n, _ in m.named_parameters()], [n for n, _ in m.named_modules()]


def net():
    return nn.Sequential(nn.Conv1d(4, 4, 1), nn.BatchNorm1d(4), nn.ReLU(), nn.Flatten(), nn.Linear(12, 2))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.bn = nn.BatchNorm1d(4)
        self.seq = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)))

    def forward(self, x):
        return self.seq(self.bn(self.fc(x)))


# run m = Net(); kinds(m, x) | model=m | x=f32[3,4]
def kinds(m, x):
    def walk(mod, out):
        kids = list(mod.children())
        if len(kids) == 0:
            out.append(type(mod).__name__)
        for k in kids:
            walk(k, out)
        return out
    return walk(m, []), [len(k) for k in m.modules() if isinstance(k, nn.Sequential)], len(m.seq)


# run m = Net(); lengths(m, x) | model=m | x=f32[3,4]
def lengths(m, x):
    def flat(mod):
        try:
            n = len(mod)
        except TypeError:
            n = -1
        return n
    return [flat(k) for k in m.modules()]


# run m = Net(); lengths_if_any(m, x) | model=m | x=f32[3,4]
def lengths_if_any(m, x):
    return [len(k) if hasattr(k, "__len__") else -1 for k in m.modules()]


# run m = Net(); method_type(m, x) | model=m | x=f32[3,4]
def method_type(m, x):
    def forward(self, x):
        return self.fc(x) * 2
    m.forward = types.MethodType(forward, m)
    return m(x)


# run m = Net(); patched_layers(m, x) | model=m | x=f32[3,4]
def new_forward(self, x):
    return F.linear(x, self.weight * 2, self.bias)


def patched_layers(m, x):
    for k in m.modules():
        if isinstance(k, nn.Linear):
            k.forward = types.MethodType(new_forward, k)
    return m(x)


# run m = Net(); bound_methods(m, x) | model=m | x=f32[3,4]
def bound_methods(m, x):
    m.twice = types.MethodType(lambda self, x: self.fc(x) * 2, m)
    bound = new_forward.__get__(m.fc, nn.Linear)
    return m.twice(x), bound(x), names(m)


class Lora(nn.Module):
    def __init__(self, base, r=2):
        super().__init__()
        self.base = base
        self.a = nn.Parameter(torch.full((r, base.in_features), 0.1))
        self.b = nn.Parameter(torch.full((base.out_features, r), 0.2))
        for p in self.base.parameters():
            p.requires_grad = False

    def forward(self, x):
        return self.base(x) + x @ self.a.t() @ self.b.t()


# run m = Net(); lora(m, x) | model=m | x=f32[3,4]
def lora(m, x):
    for name, k in list(m.named_modules()):
        if isinstance(k, nn.Linear):
            parent = m.get_submodule(name.rpartition(".")[0])
            setattr(parent, name.rpartition(".")[2], Lora(k))
    return m(x), names(m), [n for n, p in m.named_parameters() if p.requires_grad]


# run m = Net(); norms_replaced(m, x) | model=m | x=f32[3,4]
def replace_bn(m):
    for name, child in m.named_children():
        if isinstance(child, nn.BatchNorm1d):
            setattr(m, name, nn.GroupNorm(2, child.num_features))
        else:
            replace_bn(child)


def norms_replaced(m, x):
    replace_bn(m)
    return m(x), names(m)


# run m = Net(); deleted(m, x) | model=m | x=f32[3,4]
def deleted(m, x):
    del m.fc
    return names(m), hasattr(m, "fc")


# run m = Net(); replaced(m, x) | model=m | x=f32[3,4]
def replaced(m, x):
    m.fc = nn.Identity()
    m.seq[1] = nn.Tanh()
    m.seq[2][0] = nn.Identity()
    del m.seq[0]
    return m(x), names(m)


class Wrapped(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner
        self.scale = 2.0

    def __getattr__(self, name):
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(self.inner, name)

    def forward(self, x):
        return self.inner(x) * self.scale


# run m = Wrapped(Net()); delegated(m, x) | model=m | x=f32[3,4]
def delegated(m, x):
    return m(x), m.fc(x), m.bn.num_features, hasattr(m, "nothing"), names(m)


# run m = Net(); hooked(m, x) | model=m | x=f32[3,4]
def hooked(m, x):
    seen = {}
    def keep(name):
        def hook(mod, inp, out):
            seen[name] = (type(mod).__name__, inp[0].shape, out.detach())
        return hook
    hs = [k.register_forward_hook(keep(n)) for n, k in m.named_modules() if not list(k.children())]
    y = m(x)
    for h in hs:
        h.remove()
    m(x * 2)
    return y, seen


# run m = Net(); copied(m, x) | model=m | x=f32[3,4]
def copied(m, x):
    c = copy.deepcopy(m)
    m.fc.weight.data.fill_(1.0)
    c.seq[0] = nn.Identity()
    m.bn.running_mean.fill_(3.0)
    return m(x), c(x), names(c), names(m)


# run m = Net(); partial_forward(m, x) | model=m | x=f32[3,4]
def partial_forward(m, x):
    import functools
    m.forward = functools.partial(new_forward_net, m)
    return m(x)


def new_forward_net(self, x):
    return self.fc(x) + 1


# run m = Net(); set_by_path(m, x) | model=m | x=f32[3,4]
def set_by_path(m, x):
    def rsetattr(obj, attr, val):
        pre, _, post = attr.rpartition(".")
        return setattr(rgetattr(obj, pre) if pre else obj, post, val)
    def rgetattr(obj, attr):
        import functools
        return functools.reduce(getattr, [obj] + attr.split("."))
    rsetattr(m, "seq.1", nn.Tanh())
    rsetattr(m, "seq.2.0", nn.Identity())
    rsetattr(m, "fc", nn.Identity())
    return m(x), names(m), type(rgetattr(m, "seq.2.1")).__name__


# run m = Net(); class_patched(m, x) | model=m | x=f32[3,4]
def class_patched(m, x):
    Net.forward = lambda self, x: self.fc(x)
    return m(x)


# run m = Other(); switched(m, x) | model=m | x=f32[3,4]
class Other(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.forward = self.forward_a

    def forward_a(self, x):
        return self.fc(x)

    def forward_b(self, x):
        return self.fc(x) * 2

    def switch(self):
        self.forward = self.forward_b


def switched(m: Other, x):
    a = m(x)
    m.switch()
    return a, m(x), names(m)


# run m = Net(); fused(m, x) | model=m | x=f32[3,4]
def fuse(model):
    for m in model.modules():
        if hasattr(m, "bn") and hasattr(m, "fc"):
            s = m.bn.weight / torch.sqrt(m.bn.running_var + m.bn.eps)
            with torch.no_grad():
                m.fc.weight.copy_(m.fc.weight * s[:, None])
                m.fc.bias.copy_((m.fc.bias - m.bn.running_mean) * s + m.bn.bias)
            delattr(m, "bn")
            m.forward = m.fuse_forward if hasattr(m, "fuse_forward") else m.forward
    return model


def fused(m, x):
    m.eval()
    fuse(m)
    return names(m), m.fc(x)


# run groups(net(), x) | x=f32[3,4,3] | weights=own | check=kind
def groups(model, x):
    pg0, pg1, pg2 = [], [], []
    for k, v in model.named_modules():
        if hasattr(v, "bias") and isinstance(v.bias, nn.Parameter):
            pg2.append(v.bias)
        if isinstance(v, nn.BatchNorm1d):
            pg0.append(v.weight)
        elif hasattr(v, "weight") and isinstance(v.weight, nn.Parameter):
            pg1.append(v.weight)
    return len(pg0), len(pg1), len(pg2)


# run summary(net(), x) | x=f32[3,4,3] | weights=own | check=kind
def summary(model, x):
    from collections import OrderedDict
    import numpy as np

    def register_hook(module):
        def hook(module, input, output):
            class_name = str(module.__class__).split(".")[-1].split("'")[0]
            module_idx = len(summary)
            m_key = "%s-%i" % (class_name, module_idx + 1)
            summary[m_key] = OrderedDict()
            summary[m_key]["input_shape"] = list(input[0].size())
            summary[m_key]["output_shape"] = list(output.size())
            params = 0
            if hasattr(module, "weight") and hasattr(module.weight, "size"):
                params += torch.prod(torch.LongTensor(list(module.weight.size())))
                summary[m_key]["trainable"] = module.weight.requires_grad
            if hasattr(module, "bias") and hasattr(module.bias, "size"):
                params += torch.prod(torch.LongTensor(list(module.bias.size())))
            summary[m_key]["nb_params"] = params
        if not isinstance(module, nn.Sequential) and not isinstance(module, nn.ModuleList):
            hooks.append(module.register_forward_hook(hook))

    summary = OrderedDict()
    hooks = []
    model.apply(register_hook)
    model(x)
    for h in hooks:
        h.remove()
    total = 0
    trainable = 0
    for layer in summary:
        total += summary[layer]["nb_params"]
        if "trainable" in summary[layer]:
            if summary[layer]["trainable"] == True:
                trainable += summary[layer]["nb_params"]
    return list(summary), [s["output_shape"] for s in summary.values()], int(total), int(trainable)


# run m = nn.Linear(4, 4); t = nn.Linear(4, 4); soft(m, t, 0.1) | model=m
def soft(local, target, tau):
    target.load_state_dict(local.state_dict())
    local.weight.data.add_(1)
    for tp, lp in zip(target.parameters(), local.parameters()):
        tp.data.copy_(tau * lp.data + (1.0 - tau) * tp.data)
    for tp, lp in zip(target.parameters(), local.parameters()):
        tp.data.mul_(1 - tau)
        tp.data.add_(tau * lp.data)
    return target.weight


# run m = nn.Linear(4, 4); t = nn.Linear(4, 4); soft2(m, t, 0.1) | model=m
def soft2(local, target, tau):
    target.load_state_dict(local.state_dict())
    local.weight.data.add_(1)
    a, b = target.state_dict(), local.state_dict()
    for key in b:
        a[key] = b[key] * tau + a[key] * (1 - tau)
    target.load_state_dict(a)
    with torch.no_grad():
        for k, v in target.state_dict().items():
            v.copy_(tau * b[k] + (1 - tau) * v)
    return target.weight


# run m = Averaged(); averaged(m, x) | model=m | x=f32[3,4] | tol=1e-4
class Averaged(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.bn = nn.BatchNorm1d(4)

    def forward(self, x):
        return self.bn(self.fc(x))


def averaged(m, x):
    avg = torch.optim.swa_utils.AveragedModel(m)
    opt = torch.optim.SGD(m.parameters(), lr=0.1)
    for _ in range(3):
        opt.zero_grad()
        m(x).pow(3).mean().backward()
        opt.step()
        avg.update_parameters(m)
    return list(avg.state_dict()), [p.requires_grad for p in avg.parameters()], [p.sum() for p in avg.module.parameters()], avg.n_averaged


# run m = Averaged(); frozen_average(m, x) | model=m | x=f32[3,4] | tol=1e-4
def frozen_average(m, x):
    for p in m.fc.parameters():
        p.requires_grad = False
    avg = torch.optim.swa_utils.AveragedModel(m)
    a = [p.requires_grad for p in avg.parameters()]
    for p in avg.parameters():
        p.requires_grad_(False)
    return a, [p.requires_grad for p in avg.parameters()], [p.requires_grad for p in m.parameters()]


# run texts(x) | x=f32[2,3,4] | weights=own | check=shape
def texts(x):
    made = [eval(f"nn.{kind}")(4, 3) for kind in ("LSTM", "GRU", "RNN")]
    pool, cell = eval("nn." + "MaxPool3d")(2), eval("nn.%s" % "GRUCell")(4, 3)
    return [m(x)[0] for m in made], pool(torch.zeros(1, 1, 4, 4, 4)), cell(x[:, 0])
