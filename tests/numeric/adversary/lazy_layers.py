"""Layers that take the number of their inputs from the first call."""

import torch
import torch.nn.functional as F
from torch import nn


def filled(model):
    with torch.no_grad():
        for i, p in enumerate(model.parameters()):
            p.copy_(torch.sin(torch.arange(p.numel()).float() * 0.7 + i).view(p.shape) * 0.3)
    return model


# run flat(x) | x=f32[4,3]
def flat(x):
    net = nn.Sequential(nn.LazyLinear(5), nn.LazyBatchNorm1d(), nn.ReLU(), nn.LazyLinear(2, bias=False))
    net.eval()
    net(x)
    filled(net)
    return net(x), [tuple(p.shape) for p in net.parameters()], type(net[0]).__name__, net[1].training, isinstance(net[3], nn.Linear)


# run images(x) | x=f32[2,3,8,6]
def images(x):
    net = nn.Sequential(
        nn.LazyConv2d(4, kernel_size=3, padding=1, padding_mode="reflect"), nn.LazyBatchNorm2d(momentum=0.2), nn.LazyInstanceNorm2d(affine=True),
        nn.LazyConvTranspose2d(3, 2, stride=2), nn.Flatten(), nn.LazyLinear(out_features=2))
    net(x)
    filled(net)
    return net(x), [(k, tuple(v.shape)) for k, v in net.state_dict().items() if "num_batches" not in k]


# run signals(x, v) | x=f32[2,3,8] | v=f32[2,3,4,5,4]
def signals(x, v):
    one = nn.Sequential(nn.LazyConv1d(6, 3, 2, groups=3), nn.LazyConvTranspose1d(2, 3), nn.LazyInstanceNorm1d())
    three = nn.Sequential(nn.LazyConv3d(4, (1, 3, 3)), nn.LazyBatchNorm3d(affine=False), nn.LazyConvTranspose3d(2, 2), nn.LazyInstanceNorm3d())
    one(x), three(v)
    return filled(one)(x), filled(three)(v)


# run trained_after_a_call(x, y) | x=f32[6,3] | y=f32[6,1] | tol=1e-4
def trained_after_a_call(x, y):
    net = nn.Sequential(nn.LazyLinear(4), nn.Tanh(), nn.LazyLinear(1))
    net(x[:1])
    filled(net)
    opt = torch.optim.Adam(net.parameters(), lr=0.05)
    losses = []
    for _ in range(4):
        loss = F.mse_loss(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses


# run shapes_from_a_state(x) | x=f32[2,6,8,6]
def shapes_from_a_state(x):
    def build(conv, norm, fc):
        return nn.Sequential(conv, norm, nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), fc)

    made = filled(build(nn.Conv2d(6, 4, 3, groups=2), nn.BatchNorm2d(4), nn.Linear(16, 3)))
    lazy = build(nn.LazyConv2d(4, 3, groups=2), nn.LazyBatchNorm2d(), nn.LazyLinear(3))
    result = lazy.load_state_dict(made.state_dict())
    return lazy.eval()(x), made.eval()(x), len(result.missing_keys), [tuple(p.shape) for p in lazy.parameters()]


# run a_part_of_a_state(x) | x=f32[2,3,8]
def a_part_of_a_state(x):
    up = filled(nn.ConvTranspose1d(3, 4, 2, 2))
    net = nn.ModuleDict({"up": nn.LazyConvTranspose1d(4, 2, 2), "norm": nn.LazyInstanceNorm1d(affine=True)})
    result = net.load_state_dict({"up." + k: v for k, v in up.state_dict().items()}, strict=False)
    y = net["up"](x)
    return y, net["norm"](y), "norm.weight" in result.missing_keys, type(net["norm"]).__name__


class Own(nn.LazyLinear):
    pass


# run inherited(x) | x=f32[2,3]
def inherited(x):
    net = Own(2)
    net(x)
    return filled(net)(x)
