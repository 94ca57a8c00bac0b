"""Gradients: what carries one, what loses it, and what is no parameter at all."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


def names(model: nn.Module):
    return [name for name, _ in model.named_parameters()]


# run m = Mixer(a); m(x), names(m) | model=m | a=f32[3,3] | x=f32[2,3] | grad=x,parameters
class Mixer(nn.Module):
    def __init__(self, group_matrix):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.group_matrix = group_matrix

    def forward(self, x):
        return torch.matmul(self.fc(x), self.group_matrix)


# run m = Weighted(w); m(x, x * 2), names(m) | w=f32[3] | x=f32[2,3] | grad=x
class Weighted(nn.Module):
    def __init__(self, weight=None, eps=1e-6):
        super().__init__()
        self.weight = weight
        self.eps = eps

    def forward(self, x, y):
        loss = (x - y) ** 2
        if self.weight is not None:
            loss = loss * self.weight.unsqueeze(0)
        return loss.mean() + self.eps


# run m = Outer(); m(x), names(m) | model=m | x=f32[2,3] | grad=x,parameters
class Inner(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        self.mean = mean
        self.std = std

    def forward(self, x):
        return (x - self.mean) / self.std


class Outer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = Inner(torch.zeros(3), torch.full((3,), 2.0))
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        return self.fc(self.norm(x))


# run m = PosWeight(w); m(x, y), names(m) | w=f32[3] > 0 | y=np.array([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]]) | x=f32[2,3] | grad=x
class PosWeight(nn.Module):
    def __init__(self, pos_weight):
        super().__init__()
        self.pos_weight = pos_weight

    def forward(self, logits, targets):
        return F.binary_cross_entropy_with_logits(logits, targets, pos_weight=self.pos_weight)


# run m = Focal(w); m(x, i), names(m) | w=np.array([0.25, 0.5, 0.25]) | x=f32[4,3] | i=i64[4] < 3 | grad=x
class Focal(nn.Module):
    def __init__(self, alpha=None, gamma=2.0):
        super().__init__()
        self.alpha = alpha
        self.gamma = gamma

    def forward(self, logits, target):
        logp = F.log_softmax(logits, dim=1).gather(1, target.view(-1, 1)).squeeze(1)
        p = logp.exp()
        loss = -((1 - p) ** self.gamma) * logp
        if self.alpha is not None:
            loss = self.alpha[target] * loss
        return loss.mean()


# run m = Tied(); m(x), names(m) | model=m | x=f32[2,3] | grad=x,parameters | todo
class Shared(nn.Module):
    def __init__(self, weight):
        super().__init__()
        self.weight = weight

    def forward(self, x):
        return F.linear(x, self.weight)


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Linear(3, 3)
        self.head = Shared(self.emb.weight)

    def forward(self, x):
        return self.head(self.emb(x))


# run m = Frozen(x); m(x), names(m) | x=f32[2,3]
class Frozen(nn.Module):
    def __init__(self, anchors):
        super().__init__()
        self.anchors = anchors
        self.n = len(anchors)

    def forward(self, x):
        return torch.cdist(x, self.anchors)


# run set_off_loss(x) | x=f32[3] | grad=x | todo
def set_off_loss(x):
    torch.set_grad_enabled(False)
    y = x * 2
    torch.set_grad_enabled(True)
    return x * y


# run set_flag_loss(x, True) | x=f32[3] | grad=x | todo
# run set_flag_loss(x, False) | x=f32[3] | grad=x | todo
def set_flag_loss(x, train):
    with torch.set_grad_enabled(train):
        y = x * 2
    return x * y


# run m = Backbone(True); m(x) | model=m | x=f32[2,3] | grad=x,parameters | todo
# run m = Backbone(False); m(x) | model=m | x=f32[2,3] | grad=x,parameters | todo
class Backbone(nn.Module):
    def __init__(self, finetune):
        super().__init__()
        self.body = nn.Linear(3, 4)
        self.head = nn.Linear(4, 2)
        self.finetune = finetune

    def forward(self, x):
        with torch.set_grad_enabled(self.finetune):
            h = self.body(x)
        return self.head(h)


# run asks_loss(x) | x=f32[3] | grad=x | todo
@torch.no_grad()
def inner_asks(x):
    return x * 3 if torch.is_grad_enabled() else x * 5


def asks_loss(x):
    return x * inner_asks(x)


# run block_asks_loss(x) | x=f32[3] | grad=x | todo
def block_asks_loss(x):
    with torch.no_grad():
        scale = 2.0 if torch.is_grad_enabled() else 4.0
    return x * scale


# run copied_loss(x) | x=f32[3] | grad=x
def copied_loss(x):
    y = torch.tensor(x.sum() * 2)
    return (x * y).sum()


# run new_copied_loss(x) | x=f32[3] | grad=x
def new_copied_loss(x):
    y = x.new_tensor(x * 2)
    z = torch.as_tensor(x * 3)
    return (x * y * z).sum()


# run listed_loss(x) | x=f32[3] | grad=x
def listed_loss(x):
    w = torch.tensor([x[0].item(), x[1].item(), 1.0])
    v = torch.tensor([v * 2 for v in (x * w)])
    return (x * w * v).sum()


# run m = NoGradMethod(); m(x) | model=m | x=f32[4,3] | grad=x,parameters
class NoGradMethod(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.teacher = nn.Linear(3, 3)

    @torch.no_grad()
    def target(self, x):
        return self.teacher(x).softmax(-1)

    @torch.no_grad()
    def both(self, x):
        a = self.teacher(x)
        return a, {"b": a * 2}

    @torch.inference_mode()
    def infer(self, x):
        out = []
        for row in x:
            out.append(self.teacher(row))
        return torch.stack(out)

    def forward(self, x):
        t = self.target(x)
        a, d = self.both(x)
        return -(t * F.log_softmax(self.fc(x), -1)).sum(), (a + d["b"] + self.infer(x)) * x


# run apply_loss(x, TargetLoss()) | x=f32[4,3] | grad=x
class TargetLoss:
    @torch.no_grad()
    def targets(self, x):
        return x.abs() + 1

    def __call__(self, x):
        return (x * self.targets(x)).sum()


def apply_loss(x, criterion):
    return criterion(x)


# run attend(q, k, mask) | q=f32[2,4] | k=f32[3,4] | mask=np.array([[False, False, False], [True, False, True]]) | grad=q,k
def attend(q, k, mask):
    scores = q @ k.t() / math.sqrt(4)
    scores = scores.masked_fill(~mask, float("-inf"))
    w = torch.softmax(scores, dim=-1)
    w = w.masked_fill(~mask, 0.0)
    return w @ k


# run attend_nan(q, k, mask) | q=f32[2,4] | k=f32[3,4] | mask=np.array([[False, False, False], [True, False, True]]) | grad=q,k
def attend_nan(q, k, mask):
    scores = (q @ k.t()).masked_fill(~mask, -math.inf)
    return torch.nan_to_num(F.softmax(scores, dim=-1)) @ k


# run relu_zero(x) | x=np.array([0.0, 1.0, -1.0]) | grad=x
def relu_zero(x):
    return F.relu(x), x.clamp(min=0), torch.clamp_min(x, 0), torch.relu(x), F.relu6(x), x.abs(), F.hardtanh(x), x.clamp(max=0.0), F.softsign(x)


# run kinks(x) | x=np.array([0.0, 1.0, -1.0, 3.0, -3.0, 6.0, 0.5]) | grad=x
def kinks(x):
    return F.softshrink(x), F.hardshrink(x), F.threshold(x, 0, 0), F.hardsigmoid(x), F.hardswish(x)


# run kinks_two(x) | x=np.array([0.0, 1.0, -1.0, 3.0, -3.0, 6.0, 0.5]) | grad=x
def kinks_two(x):
    return F.elu(x), F.selu(x), F.celu(x), F.logsigmoid(x), F.softplus(x), F.gelu(x), F.silu(x), F.mish(x), F.tanhshrink(x)


# run l1_ties(x, y) | x=np.array([0.0, 1.0, 2.0, -1.0]) | y=np.array([0.0, 1.0, 1.0, 0.0]) | grad=x,y
def l1_ties(x, y):
    return F.l1_loss(x, y), F.smooth_l1_loss(x, y), F.huber_loss(x, y), (x - y).abs().sum(), torch.dist(x, y, 1)


# run hinge_ties(x, y) | x=np.array([1.0, 0.0, 2.0, 0.5]) | y=np.array([1.0, 1.0, 1.0, -1.0]) | grad=x
def hinge_ties(x, y):
    return torch.clamp(1 - x * y, min=0).mean(), F.relu(1 - x * y).sum(), (1 - x * y).clamp_min(0).sum(), F.hinge_embedding_loss(x, y), F.soft_margin_loss(x, y)


# run sort_ties_grad(x) | x=np.array([1.0, 3.0, 3.0, 0.0]) | grad=x
def sort_ties_grad(x):
    w = torch.arange(4.0)
    return x.sort(stable=True)[0] * w, x.topk(2)[0], x.median(), x.cummax(0)[0] * w, x.kthvalue(2)[0]


# run prod_zero(x) | x=np.array([[1.0, 0.0, 3.0], [0.0, 0.0, 2.0]]) | grad=x
def prod_zero(x):
    return x.prod(1), x.prod(), x.cumprod(1)


# run pow_base(x) | x=np.array([0.0, 1.0, 2.0]) | grad=x
def pow_base(x):
    return x ** 2, x.pow(3), x ** 1.5, x.pow(1), x ** 1.0


# run where_sqrt(x) | x=np.array([0.0, 1.0, 2.0]) | grad=x
def where_sqrt(x):
    return torch.where(x > 0, x.sqrt(), x), x.square().sum().sqrt()


# run atan_zero(x, y) | x=np.array([0.0, 1.0]) | y=np.array([1.0, 0.0]) | grad=x,y
def atan_zero(x, y):
    return torch.atan2(x, y), torch.hypot(x, y), x.sign() * y, torch.remainder(x, 2.0), x % 0.3, torch.fmod(y, 0.3), torch.fmod(x, y + 0.3)


# run rounded(x) | x=f32[5] | grad=x
def rounded(x):
    return x + (x.round() - x).detach(), x.round() * x, x.floor() + x.ceil(), torch.trunc(x) * x, x.frac(), x - x.floor()
