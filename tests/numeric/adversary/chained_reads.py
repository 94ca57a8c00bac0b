# What a later argument of a chain of in-place calls reads of what the calls before have written, by whatever name.
import operator

import torch
import torch.nn as nn
import torch.nn.functional as F


# run by_views(x) | x=f32[3,4] | todo
def by_views(x):
    y = x.clone()
    flat = y.view(-1)
    y.exp_().div_(flat.sum())
    return y


# run by_diagonal(x) | x=f32[3,3] | todo
def by_diagonal(x):
    y = x.clone()
    d = y.diagonal()
    return y.mul_(2).sub_(d.mean())


# run by_halves(x) | x=f32[3,4] | todo
def by_halves(x):
    y = x.clone()
    left, right = y.chunk(2, 1)
    y.mul_(2).sub_(left.mean()).add_(right.max())
    return y


# run by_lambda(x) | x=f32[3,3]
def by_lambda(x):
    y = x.clone()
    total = lambda: y.sum()
    y.exp_().div_(total())
    return y


# run by_inner_functions(x) | x=f32[3]
def by_inner_functions(x):
    y = x.clone()

    def own():
        return y.sum()

    def around():
        return own() + 1

    y.exp_().div_(around())
    return y


# run in_lists(x) | x=f32[3,3]
def in_lists(x):
    y, z = x.clone(), x.clone()
    ys = [y, x]
    y.exp_().div_(ys[0].sum())
    kept = []
    kept.append(z)
    z.exp_().div_(sum(t.sum() for t in kept))
    return y, z


# run one_list_twice(x) | x=f32[3]
def one_list_twice(x):
    ps = [x.clone(), x * 2]
    for p, q in zip(ps, ps):
        p.mul_(0.5).add_(q, alpha=0.5)
    qs = ps
    for p, q in zip(ps, qs):
        p.mul_(0.5).add_(q)
    for i, p in enumerate(ps):
        p.mul_(0.5).add_(qs[i], alpha=0.25)
    return ps


# run by_other_dicts(x) | x=f32[3]
def by_other_dicts(x):
    d = {"a": x.clone(), "b": x * 2}
    e = d
    for k in d:
        d[k].mul_(0.5).add_(e[k])
    d["a"].mul_(0.5).add_(d.get("a"))
    for k, v in d.items():
        v.mul_(2).sub_(d[k].mean())
    return d


kept = torch.tensor([1.0, 2.0, 3.0])


def sum_of_kept():
    return kept.sum()


def twice_kept():
    return sum_of_kept() * 2


# run by_functions_of_functions(x) | x=f32[3]
def by_functions_of_functions(x):
    kept.copy_(x)
    kept.mul_(2).add_(twice_kept())
    return kept.clone()


class Mean(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("acc", torch.tensor([1.0, 2.0, 3.0]))
        self.register_buffer("other", torch.tensor([0.5, 1.5, 2.5]))
        self.fc = nn.Linear(3, 3)

    @property
    def total(self):
        return self.acc.sum()

    def norm(self):
        return self.acc.norm()

    def scaled(self):
        return self.norm() * 2

    def by_property(self, x):
        self.acc.add_(x).div_(self.total)
        return self.acc.clone()

    def by_methods(self, x):
        self.acc.add_(x).div_(self.scaled())
        return self.acc.clone()

    def by_own_name(self, x):
        acc = self.acc
        acc.add_(x).div_(self.norm())
        return self.acc.clone()

    def by_text(self, x):
        self.acc.add_(x).div_(getattr(self, "acc").sum())
        return self.acc.clone()

    def by_buffers(self, x):
        for name, b in self.named_buffers():
            b.add_(x).div_(self.acc.sum())
        return self.acc.clone(), self.other.clone()

    def apart(self, x):
        self.acc.mul_(0.9).add_(self.other, alpha=0.1)
        self.other.mul_(0.9).add_(self.fc(x).detach().mean(0) * 0 + x.mean(0))
        return self.acc + self.other


# run Mean().by_property(x) | x=f32[3]
# run Mean().by_methods(x) | x=f32[3]
# run Mean().by_own_name(x) | x=f32[3]
# run Mean().by_text(x) | x=f32[3]
# run Mean().by_buffers(x) | x=f32[3]
# run Mean().apart(x) | x=f32[2,3]


# run by_other_objects(x) | x=f32[3]
def by_other_objects(x):
    class Box:
        pass

    box = Box()
    box.m = x.clone()
    same = box
    box.m.mul_(2).add_(same.m.sum())
    box.k = y = x * 3
    y.mul_(2).add_(box.k)
    return box.m, y


def applied(t, f):
    t.mul_(2).add_(f())
    return t


# run by_given_function(x) | x=f32[3]
def by_given_function(x):
    y = x.clone()
    return applied(y, lambda: y.sum())


# run starts_with_functions(x) | x=f32[3]
def starts_with_functions(x):
    y, z, r, f = x.clone(), x.clone(), x.clone(), x.clone()
    torch.exp_(y).div_(y.sum())
    torch.relu_(z).add_(1)
    F.relu_(r).mul_(3).add_(r.sum())
    F.relu(f, inplace=True).mul_(2)
    return y, z, r, f


# run starts_with_initialisers(x) | x=f32[3,3]
def starts_with_initialisers(x):
    w, v, u = torch.empty(3, 3), torch.empty(3, 3), torch.empty(3, 3)
    nn.init.ones_(w).mul_(3).add_(w.sum())
    nn.init.constant_(v, 2.0).add_(x)
    nn.init.eye_(u).mul_(u.sum())
    return w, v, u


# run rows_of_written(x) | x=f32[3,3] | todo
def rows_of_written(x):
    y = x.clone()
    y.exp_()[0].div_(y.sum())
    return y


# run part_of_written(x) | x=f32[3,3] | todo
def part_of_written(x):
    y = x.clone()
    y.mul_(2)[0, :].add_(10)
    return y


# run turned(x) | x=f32[2,3]
def turned(x):
    y, z, w = x.clone(), x.clone(), x.clone()
    y.unsqueeze_(0).mul_(2)
    z.t_().mul_(2).add_(1)
    w.mul_(3).t_().add_(w)
    return y, z, w


# run adam(x, y) | x=f32[3] | y=f32[3]
def adam(x, y):
    p, grad = x.clone(), y.clone()
    state = {"exp_avg": torch.zeros_like(p), "exp_avg_sq": torch.zeros_like(p)}
    group = {"betas": (0.9, 0.99), "lr": 0.1, "params": [p]}
    for p in group["params"]:
        for step in range(1, 3):
            exp_avg, exp_avg_sq = state["exp_avg"], state["exp_avg_sq"]
            beta1, beta2 = group["betas"]
            exp_avg.mul_(beta1).add_(grad, alpha=1 - beta1)
            exp_avg_sq.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
            denom = exp_avg_sq.sqrt().add_(1e-8)
            p.mul_(1 - group["lr"] * 0.01).addcdiv_(exp_avg, denom, value=-group["lr"])
    return p, exp_avg, exp_avg_sq


# run averages() | check=kind
def averages():
    model, ema = nn.Linear(2, 2), nn.Linear(2, 2)
    with torch.no_grad():
        for p, q in zip(ema.parameters(), model.parameters()):
            p.fill_(0.5)
            q.fill_(0.25)
        for p, q in zip(ema.parameters(), model.parameters()):
            p.mul_(0.9).add_(q, alpha=1 - 0.9)
        own = model.state_dict()
        for k, v in ema.state_dict().items():
            v.mul_(0.9).add_(own[k].detach(), alpha=0.1)
    return ema.weight.detach().clone()
