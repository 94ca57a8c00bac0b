"""Gradients of what people compute in losses and layers: zeros, duplicates, masks, memory."""
from collections import OrderedDict
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F


# run padded(i, w) | i=np.array([[0, 1, 2], [2, 0, 3]]) | w=f32[4,3] | grad=w
def padded(i, w):
    return F.embedding(i, w, padding_idx=0)


# run m = Padded(); m(i) | model=m | i=np.array([[0, 1, 2], [2, 0, 3]]) | grad=parameters
class Padded(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(4, 3, padding_idx=0)
        self.bag = nn.EmbeddingBag(4, 3, mode="sum")

    def forward(self, i):
        return self.emb(i).sum(1) + self.bag(i)


# run distances(x) | x=f32[3,4] | grad=x
def distances(x):
    return torch.cdist(x, x), torch.cdist(x, x, p=1), F.pairwise_distance(x, x.flip(0)), torch.pdist(x)


# run cosines(x, y) | x=np.array([[0.0, 0.0], [1.0, 2.0]]) | y=f32[2,2] | grad=x,y
def cosines(x, y):
    return F.cosine_similarity(x, y), F.normalize(x, dim=1), F.normalize(x, p=1, dim=0), x / x.norm(dim=1, keepdim=True).clamp(min=1e-6)


# run scattered(x, y, i) | x=f32[4] | y=f32[3] | i=np.array([0, 2, 2]) | grad=x,y
def scattered(x, y, i):
    a = x.scatter_add(0, i, y)
    b = x.index_add(0, i, y, alpha=2)
    c = torch.zeros(4).index_add_(0, i, y * 3)
    d = x[i] * y
    e = torch.gather(x, 0, i) + x.take(i)
    return a, b, c, d, e


# run written(x, y) | x=f32[3,4] | y=f32[3] | grad=x,y
def written(x, y):
    out = torch.zeros(3, 4)
    out[:, 0] = y * 2
    out[1] = x[1]
    out[2, 1:3] += x[2, :2]
    h = x * 2
    h[0] = y.sum()
    h[:, 1] *= 3
    return out, h


# run masked_writes(x, m) | x=f32[3,4] | m=bool[3,4] | grad=x
def masked_writes(x, m: torch.Tensor):
    h = x * 2
    h[m] = 0.0
    g = x.clone()
    g[m] = g[m] ** 2
    g.masked_fill_(~m, 1.5)
    return h, g, x[m].sum(), torch.masked_select(x, m).mean(), x.masked_fill(m, 0.0).prod(1)


# run inplace_relu(x) | x=f32[3,4] | grad=x | todo
def inplace_relu(x):
    h = x * 1.0
    out = F.relu(h, inplace=True)
    return out + h


# run m = Residual(); m(x) | model=m | x=f32[3,4] | grad=x,parameters
class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        h = self.fc(x)
        out = self.relu(h)
        return out + h


# run m = PreAct(); m(x) | model=m | x=f32[3,4] | grad=x,parameters
class PreAct(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.Sequential(nn.LeakyReLU(0.3, inplace=True), nn.Linear(4, 4))
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        x = self.fc(x)
        return x + self.act(x)


# run entropies(p) | p=np.array([[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]]) | grad=p
def entropies(p):
    return -(p * torch.log(p + 1e-8)).sum(), torch.xlogy(p, p + 1), F.kl_div((p + 0.1).log(), p.detach(), reduction="sum")


# run entropy_zero(p) | p=np.array([[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]])
def entropy_zero(p):
    return torch.special.entr(p), torch.xlogy(p, p), F.kl_div((p + 0.1).log(), p, reduction="none")


# run ignored(x, t) | x=f32[4,3] | t=np.array([0, -100, 2, -100]) | grad=x
def ignored(x, t):
    return F.cross_entropy(x, t), F.cross_entropy(x, t, reduction="sum"), F.nll_loss(F.log_softmax(x, 1), t, reduction="none"), F.cross_entropy(x, t, weight=torch.tensor([1.0, 2.0, 3.0]), label_smoothing=0.1)


# run logs(x) | x=np.array([[-np.inf, 0.0, 1.0], [2.0, -np.inf, 3.0]]) | grad=x
def logs(x):
    return x.logsumexp(1), x.softmax(1), torch.logaddexp(x[:, 1:].sum(1) * 0.5, x[:, 2])


# run aliased(x) | x=f32[3] | grad=x | todo
def aliased(x):
    y = x * 2
    z = y
    z += 1
    y *= z
    w = y.view(-1)
    w.mul_(0.5)
    return y, z, w


# run expanded(x) | x=f32[1,3] | grad=x
def expanded(x):
    return x.expand(4, 3) * torch.arange(12.0).view(4, 3), x.repeat(2, 2), x.repeat_interleave(2, dim=1), x.broadcast_to(2, 3), torch.tile(x, (2,)), x.unfold(1, 2, 1)


# run detached(x) | x=f32[3] | grad=x | todo
def detached(x):
    a = x.detach() * x
    b = x.data * x
    c = x * x.clone().detach()
    d = (x * 2).detach_() * x
    return a, b, c, d, x.detach().requires_grad_(False) + x


# run rev_grad(x, 0.5) | x=f32[3] | grad=x
class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, alpha):
        ctx.alpha = alpha
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output.neg() * ctx.alpha, None


def rev_grad(x, alpha):
    return Reverse.apply(x, alpha) ** 2


# run windows(x) | x=f32[1,2,4,4] | grad=x
def windows(x):
    return F.unfold(x, 2, stride=2), F.avg_pool2d(x, 3, 1, 1, count_include_pad=False), F.max_pool2d(x, 3, 2, 1), F.pad(x, (1, 1, 1, 1), mode="reflect"), F.adaptive_avg_pool2d(x, 3), F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False), F.pixel_shuffle(torch.cat([x, x], 1), 2)


# run norms(x) | x=f32[3,4] | grad=x
def norms(x):
    return F.layer_norm(x, (4,)), F.group_norm(x.view(1, 4, 3), 2), F.instance_norm(x.view(1, 3, 4)), x.std(1), x.var(0, unbiased=False), F.rms_norm(x, (4,)), F.local_response_norm(x.view(1, 3, 4), 2), torch.renorm(x, 2, 0, 0.5)


# run products(x, y) | x=f32[2,3] | y=f32[3,2] | grad=x,y
def products(x, y):
    return torch.linalg.norm(x @ y), torch.trace(x @ y), torch.einsum("ij,jk->ik", x, y), torch.outer(x[0], y[:, 0]), torch.kron(x, y), torch.cross(x, y.t(), dim=1), torch.tensordot(x, y, 1), torch.bmm(x[None], y[None]), torch.dot(x[0], y[:, 1]), torch.addmm(torch.ones(2, 2), x, y, beta=0.5, alpha=2)


# run steps(x) | x=f32[6] | grad=x
def steps(x):
    return x.cumsum(0), x.cumprod(0), x.diff(), x.flip(0).cumsum(0), torch.logcumsumexp(x, 0), x.cummax(0).values, torch.trapz(x), x.roll(1) * x


# run weighted_loss(x, w) | x=f32[4] | w=f32[4] > 0 | grad=x,w
def weighted_loss(x, w):
    w = w / w.sum().item()
    n = float(w.max())
    m = int((x > 0).sum())
    return (x * w).sum() * n + m * x.sum()


# run m = Momentum(); m(x); m(x * 2), m.mean | x=f32[4,3] | grad=x
class Momentum(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(3))
        self.register_buffer("count", torch.tensor(0.0))

    def forward(self, x):
        self.count += 1
        self.mean = self.mean * 0.9 + x.mean(0).detach() * 0.1
        self.mean.lerp_(x.detach().mean(0), 0.1)
        return (x - self.mean / self.count) ** 2


@dataclass
class Output:
    logits: torch.Tensor
    layer: nn.Module = None


class Named(OrderedDict):
    def __getattr__(self, name):
        return self[name]


# run m = Teacher(); m(x) | model=m | x=f32[2,3] | grad=x,parameters
class Teacher(nn.Module):
    """What leaves `no_grad`: dataclasses, dictionaries of own classes, and modules, which stay what they are."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.teacher = nn.Linear(3, 3)
        self.student = nn.Linear(3, 3)

    def answers(self, x):
        return Output(self.teacher(x), self.teacher), Named(logits=self.teacher(x))

    def forward(self, x):
        with torch.no_grad():
            output, named = self.answers(x)
        frozen = torch.no_grad()(self.answers)(x)[0]
        target = output.logits + named.logits + frozen.logits
        return (self.student(x) - target).pow(2) + output.layer(x)
