"""Values that are given in the forms that programs have them in: deques, NumPy's numbers, objects that are called, packed sequences, trees of parameters."""

import itertools
from collections import deque

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.func import functional_call, hessian, jacrev, vmap
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence
from torch.utils._pytree import tree_map
from torch.utils.data import DataLoader


# run returns_of(3) | check=values
def returns_of(n):
    returns = deque()
    total = 0.0
    for step in range(n):
        total = step + 0.5 * total
        returns.appendleft(total)
    returns = torch.tensor(returns)
    return (returns - returns.mean()) / (returns.std() + 1e-3)


class Window:
    def __init__(self, n):
        self.recent = deque(maxlen=n)

    def mean(self):
        return torch.tensor(self.recent).mean(), torch.tensor(list(self.recent), dtype=torch.float32).sum()


# run window_of([1.0, 2.0, 4.0])
def window_of(values):
    window = Window(2)
    for value in values:
        window.recent.append(value)
    return window.mean()


# run ends_of(x) | x=f32[5]
def ends_of(x):
    n = x.numpy()
    return torch.tensor([n.mean(), n.max()]), torch.tensor([n[0], 1.5]), torch.from_numpy(n * 2)


# run packed_sum(x) | x=f32[3,5,4]
def packed_sum(x):
    packed = pack_padded_sequence(x, [5, 3, 2], batch_first=True)
    return packed.data.sum() / packed.data.size(0), len(packed.data)


# run packed_under(x) | x=f32[3,5,4] | grad=x
def packed_under(x):
    lengths = torch.tensor([5, 3, 2])
    packed = pack_padded_sequence(x, list(lengths.numpy()), batch_first=True)
    under = PackedSequence(torch.tanh(packed.data), packed.batch_sizes)
    return pad_packed_sequence(under, batch_first=True)[0]


# run packed_by_array(x) | x=f32[3,5,4]
def packed_by_array(x):
    lengths = torch.tensor([5, 3, 2])
    packed = pack_padded_sequence(x, lengths.cpu().numpy(), batch_first=True)
    return pad_packed_sequence(packed, batch_first=True)[0]


class Squashed(torch.distributions.Distribution):
    def __init__(self, mean, std):
        super().__init__(batch_shape=mean.shape, event_shape=torch.Size(), validate_args=False)
        self.normal = torch.distributions.Normal(mean, std)

    def log_prob(self, value):
        return self.normal.log_prob(torch.atanh(value)) - torch.log(1 - value * value + 1e-6)


class Plain(torch.distributions.Distribution):
    def __init__(self, mean):
        super().__init__(validate_args=False)
        self.mu = mean

    @property
    def mean(self):
        return self.mu


# run squashed(x) | x=f32[3]
def squashed(x):
    law = Squashed(x, torch.ones(3))
    return law.log_prob(torch.tanh(x) * 0.9), tuple(law.batch_shape), tuple(Plain(x).batch_shape), Plain(x).mean


class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 4)
        self.b = nn.Linear(4, 2)

    def forward(self, x):
        return self.b(torch.tanh(self.a(x)))


# run m = Named(); jacobian_of_all(m, x) | model=m | x=f32[5,3] | tol=1e-4
def jacobian_of_all(m, x):
    params = {k: v.detach() for k, v in m.named_parameters()}

    def f(p, xi):
        return functional_call(m, p, (xi.unsqueeze(0),)).squeeze(0)

    each = vmap(jacrev(f), (None, 0))(params, x)
    by_input = jacrev(f, argnums=1)(params, x[0])
    return each["a.weight"], each["b.bias"], by_input


# run second(w, b) | w=f32[2,3] | b=f32[2] | tol=1e-4
def second(w, b):
    p = {"w": w, "b": b}
    curved = hessian(lambda p: (torch.tanh(p["w"].sum(1) + p["b"]) ** 2).sum())(p)
    return curved["w"]["b"], curved["b"]["b"]


class Clipper:
    def __init__(self, bound):
        self.bound = bound

    def __call__(self, module):
        if hasattr(module, "weight"):
            module.weight.data = module.weight.data.clamp(-self.bound, self.bound)


# run m = Named(); clipped(m), m | model=m
def clipped(m):
    m.apply(Clipper(0.2))
    clipper = Clipper(0.1)
    m.apply(clipper)
    return m.a.weight.abs().max()


class Pad:
    def __init__(self, value):
        self.value = value

    def __call__(self, rows):
        longest = max(len(row) for row in rows)
        return torch.stack([F.pad(row, (0, longest - len(row)), value=self.value) for row in rows])


# run padded(x) | x=f32[4]
def padded(x):
    rows = [x[:1], x[:3], x, x[:2]]
    pad = Pad(-1.0)
    return [batch for batch in DataLoader(rows, batch_size=2, collate_fn=pad)] + list(DataLoader(rows, batch_size=4, collate_fn=Pad(0.5)))


# run by_options(x) | x=f32[3,4]
def by_options(x: torch.Tensor):
    return averaged(x, dim=0), averaged(x, dim=1, keepdim=True), averaged(x), x.sum(*[0])


def averaged(x: torch.Tensor, **how):
    return x.mean(**how)


# run without_gradient(x) | x=f32[3] | grad=x
def without_gradient(x):
    state = {"h": x * 2, "c": (x, x + 1)}
    state = tree_map(torch.Tensor.detach, state)
    moved = list(map(torch.Tensor.cpu, [x, x * 3]))
    return state["h"] * x + state["c"][1], moved[1]


class Loss(nn.Module):
    def __init__(self, reduction):
        super().__init__()
        self.reduction = reduction

    def forward(self, a, b):
        loss = (a - b) ** 2
        return getattr(loss, self.reduction)()


# run [Loss(how)(x, y) for how in ("mean", "sum", "max")] | x=f32[3,4] | y=f32[3,4] | grad=x


class Pyramid(nn.Module):
    def __init__(self):
        super().__init__()
        self.top = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        names = list(x.keys())
        x = list(x.values())
        return dict(zip(names, [self.top(x[-1]), x[0]]))


# run m = Pyramid(); m({"a": x, "b": x + 1})["a"] | model=m | x=f32[1,3,2,2]


# run projected(x, 2.0) | x=f32[4,3] | grad=x
def projected(t, tz):
    z = t[..., 2].abs() + 1
    near = torch.clip(t[..., 0] / z, -1, 1)
    return near, (t[..., 1] / tz).clip(min=-0.3, max=0.3)


def bounded(boxes, shape):
    if isinstance(boxes, torch.Tensor):
        boxes = boxes.clone()
        boxes[..., 0].clamp_(0, shape[1])
    else:
        boxes = np.copy(boxes)
        boxes[..., [0, 2]] = boxes[..., [0, 2]].clip(0, shape[1])
    return boxes


def kept_within(boxes, shape):
    if torch.is_tensor(boxes):
        return boxes.clamp(0, shape[1])
    else:
        boxes[..., [0, 2]] = boxes[..., [0, 2]].clip(0, shape[1])
    return boxes


# run within(x, (1, 1)) | x=f32[3,4]
def within(x, shape):
    plain = kept_within(np.array([[2.0, -1.0, 0.5, 3.0]]), shape)
    return bounded(x, shape), kept_within(x, shape), torch.from_numpy(plain).float(), torch.from_numpy(bounded(plain + 1, shape)).float()


# run fourier(x) | x=f32[2,3] | check=shape
def fourier(x):
    weights = nn.Parameter(0.1 * torch.rand(3, 2, dtype=torch.cfloat))
    return (x.to(torch.cfloat) @ weights).real, torch.rand(4, dtype=torch.float16)


# run plateau(x) | x=f32[4,3]
def plateau(x):
    net = nn.Linear(3, 1)
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    annealed = torch.optim.swa_utils.SWALR(opt, swa_lr=0.05, anneal_epochs=2)
    rates = []
    for epoch in range(3):
        opt.zero_grad()
        net(x).mean().backward()
        opt.step()
        if epoch > 0:
            annealed.step()
        rates.append(opt.param_groups[0]["lr"])
    return rates


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 5)
        self.head = nn.Linear(5, 3)

    def forward(self, x):
        return self.head(torch.tanh(self.body(x)))


# run m = Small(); averaged_weights(m, x, y) | model=m | x=f32[12,4] | y=i64[12] < 3 | tol=1e-3
def averaged_weights(model, x, y):
    opt = torch.optim.SGD(model.parameters(), lr=0.2)
    averaged = torch.optim.swa_utils.AveragedModel(model)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=10)
    swa_scheduler = torch.optim.swa_utils.SWALR(opt, swa_lr=0.05)
    losses = []
    for epoch in range(4):
        opt.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        opt.step()
        if epoch > 1:
            averaged.update_parameters(model)
            swa_scheduler.step()
        else:
            scheduler.step()
        losses.append(loss.item())
    return losses, averaged(x)
