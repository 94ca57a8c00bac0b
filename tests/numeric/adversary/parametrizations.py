"""Weights that are computed from other arrays: parametrizations of the user's own, orthogonal matrices, pruning, fused layers."""

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.nn.utils.parametrize as parametrize
from torch.nn.utils import parametrizations, prune
from torch.nn.utils.fusion import fuse_conv_bn_eval


def filled(model):
    with torch.no_grad():
        for i, p in enumerate(model.parameters()):
            p.copy_(torch.sin(torch.arange(p.numel()).float() * 0.7 + i).view(p.shape) * 0.3)
    return model


class Symmetric(nn.Module):
    def forward(self, X):
        return X.triu() + X.triu(1).transpose(-1, -2)

    def right_inverse(self, A):
        return A.triu()


class Scaled(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(n, 1))

    def forward(self, w):
        return w * self.gain


class Factors(nn.Module):
    def forward(self, a, b):
        return a @ b

    def right_inverse(self, w):
        return w[:, :2], w[:2]


# run own(x) | x=f32[5,4] | tol=1e-4
def own(x):
    layer = filled(nn.Linear(4, 4))
    parametrize.register_parametrization(layer, "weight", Symmetric())
    parametrize.register_parametrization(layer, "weight", Scaled(4))
    opt = torch.optim.SGD(layer.parameters(), lr=0.1)
    for _ in range(3):
        loss = F.mse_loss(layer(x), torch.zeros(5, 4))
        opt.zero_grad()
        loss.backward()
        opt.step()
    names = list(layer.state_dict()), [n for n, _ in layer.named_parameters()], parametrize.is_parametrized(layer)
    w = layer.weight
    parametrize.remove_parametrizations(layer, "weight")
    return loss, names, w, layer(x), list(layer.state_dict()), parametrize.is_parametrized(layer)


# run several_originals(x) | x=f32[3,4]
def several_originals(x):
    layer = filled(nn.Linear(4, 4, bias=False))
    parametrize.register_parametrization(layer, "weight", Factors())
    return layer(x), list(layer.state_dict()), len(layer.parametrizations.weight)


# run assigned(x) | x=f32[4,4]
def assigned(x):
    layer = filled(nn.Linear(4, 4))
    parametrize.register_parametrization(layer, "weight", Symmetric())
    layer.weight = x + x.T
    return layer.weight, layer.parametrizations.weight.original


# run orthogonal(x) | x=f32[5,4] | tol=1e-4
def orthogonal(x):
    outs = []
    for n, kind in ((4, "matrix_exp"), (4, "cayley"), (3, "householder"), (6, "householder"), (6, "cayley")):
        layer = parametrizations.orthogonal(nn.Linear(4, n), orthogonal_map=kind)
        state = {k: torch.eye(v.shape[0]) if k.endswith("base") else torch.sin(torch.arange(v.numel()).float()).view(v.shape) for k, v in layer.state_dict().items()}
        if kind == "householder":
            state["parametrizations.weight.original"] = torch.tril(state["parametrizations.weight.original"], -1) + torch.eye(n, 4)
        layer.load_state_dict(state)
        outs.append((layer(x), layer.weight, list(layer.state_dict()), [k for k, _ in layer.named_parameters()]))
    return outs


# run without_base() | tol=1e-4
def without_base():
    layer = filled(nn.Linear(3, 5))
    parametrizations.orthogonal(layer, use_trivialization=False)
    wide = filled(nn.Linear(5, 3))
    parametrizations.orthogonal(wide, orthogonal_map="householder", use_trivialization=False)
    return layer.weight, wide.weight, list(layer.state_dict()), layer.parametrizations.weight.original


# run pruned(x, y) | x=f32[5,6] | y=f32[5,2] | tol=1e-4
def pruned(x, y):
    def build():
        net = filled(nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 2)))
        for m in net.modules():
            if isinstance(m, nn.Linear):
                prune.l1_unstructured(m, name="weight", amount=0.25)
        prune.ln_structured(net[0], "weight", amount=1, n=2, dim=1)
        return net

    net, again = build(), build()
    opt = torch.optim.SGD(net.parameters(), lr=0.5)
    for _ in range(3):
        loss = F.mse_loss(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    keys = list(net.state_dict())
    again.load_state_dict(net.state_dict())
    out = net(x)
    for m in net:
        if isinstance(m, nn.Linear):
            prune.remove(m, "weight")
    return loss, out, again(x), keys, list(net.state_dict()), [float((p == 0).sum()) for p in net.parameters()], prune.is_pruned(again), prune.is_pruned(net)


# run fused(x) | x=f32[2,3,6,6] | tol=1e-4
def fused(x):
    net = filled(nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU()))
    net(x)
    net.eval()
    small = nn.Sequential(fuse_conv_bn_eval(net[0], net[1]), net[2])
    return small(x), net(x), list(small.state_dict())


# run dropouts_set(x) | x=f32[40,50]
def dropouts_set(x):
    net = nn.Sequential(nn.Dropout(0.9), nn.Dropout2d(0.9))
    for m in net:
        m.p = 0.0
    net[0].p = 0
    return net.train()(x[:, None, None]), [m.p for m in net.modules() if hasattr(m, "p") or isinstance(m, nn.Dropout)]


# run statistics_kept(x) | x=f32[3,4,6]
def statistics_kept(x):
    a, b = nn.InstanceNorm1d(4, track_running_stats=True), nn.InstanceNorm1d(4, momentum=None, track_running_stats=True)
    a(x), b(x)
    return a.state_dict(), b.state_dict()


# run without_initial_values(x) | x=f32[2,3,4] | weights=own
def without_initial_values(x):
    fc = nn.utils.skip_init(nn.Linear, 4, out_features=5, bias=False, device="cpu")
    conv = nn.utils.skip_init(nn.Conv1d, 3, 2, kernel_size=2)
    nn.init.constant_(fc.weight, 0.5)
    for p in conv.parameters():
        nn.init.constant_(p, 0.1)
    return fc(x), conv(x), [n for n, _ in fc.named_parameters()]


# run normed_no_more(x) | x=f32[2,4] | tol=1e-4 | weights=own
def normed_no_more(x):
    fc = filled(parametrizations.weight_norm(nn.Linear(4, 3)))
    y, before = fc(x), list(fc.state_dict())
    parametrize.remove_parametrizations(fc, "weight", leave_parametrized=True)
    return y, fc(x), before, list(fc.state_dict()), [n for n, _ in fc.named_modules()]


# run predicted(x) | x=f32[4,5]
def predicted(x):
    head = filled(nn.AdaptiveLogSoftmaxWithLoss(5, 10, cutoffs=[3, 6]))
    return head.predict(x), head.log_prob(x)
