"""Short programs as people write them: odd state, masks, half precision, integers, views, loops, averages, samplers."""
import copy
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


# run run_ema(x) | x=f32[4,3]
def run_ema(x):
    model = nn.Linear(3, 2)
    shadow = {k: v.clone() for k, v in model.state_dict().items()}
    with torch.no_grad():
        for p in model.parameters():
            p.add_(0.5)
        for k, v in model.state_dict().items():
            shadow[k].mul_(0.9).add_(v, alpha=0.1)
    model.load_state_dict(shadow)
    return model(x)


# run target_net(x) | x=f32[4,3]
def target_net(x):
    net = nn.Sequential(nn.Linear(3, 3), nn.Tanh())
    target = copy.deepcopy(net)
    with torch.no_grad():
        for p, q in zip(net.parameters(), target.parameters()):
            p.mul_(2.0)
            q.data.mul_(0.995)
            q.data.add_(0.005 * p.data)
    return net(x), target(x)


# run integer_mix(i, x) | i=i64[5] < 9 | x=f32[5] | check=kind
def integer_mix(i, x):
    a = i / 2
    b = i // 2
    c = i % 3
    d = i * 0.5
    e = (i > 3).sum()
    f = (i > 3).float().mean()
    g = i.float().mean()
    h = i.sum() / len(i)
    return a, b, c, d, e, f, g, h, i ** 2, -i // 2, (-i) % 3


# run accuracy(x, t) | x=f32[6,3] | t=i64[6] < 3
def accuracy(x, t):
    pred = x.argmax(dim=1)
    correct = (pred == t).sum().item()
    per = (pred == t).float().mean()
    top = x.topk(2, dim=1)[1]
    hit = top.eq(t.view(-1, 1)).any(dim=1).sum().item()
    return correct / len(t), per, hit


# run confusion(p, t) | p=i64[9] < 3 | t=i64[9] < 3
def confusion(p, t):
    n = 3
    cm = torch.bincount(n * t + p, minlength=n * n).reshape(n, n)
    iou = cm.diag().float() / (cm.sum(0) + cm.sum(1) - cm.diag()).clamp(min=1)
    return cm, iou


# run windows(x) | x=f32[2,8] | grad=x
def windows(x):
    out = torch.zeros_like(x)
    out[:, 2:] = x[:, :-2]
    out[:, :2] += 1
    v = out.view(2, 4, 2)
    return v[:, ::2].sum(-1), out.flip(1).cumsum(1), x.roll(1, dims=1)


# run view_write(x) | x=f32[2,6] | todo | expect=fails | reason=a write through a view that has a name
def view_write(x):
    y = x.clone()
    left = y[:, :3]
    left *= 2
    left[0] = 0
    y.view(2, 2, 3)[1, 1] += 5
    return y


# run row_loop(x) | x=f32[3,4] | todo | expect=fails | reason=a write through the rows of a loop
def row_loop(x):
    y = x.clone()
    for row in y:
        row -= row.mean()
    for i in range(len(y)):
        y[i] = y[i] / (y[i].abs().max() + 1e-6)
    return y


# run m = TinyRNN(3, 4); m(x) | model=m | x=f32[2,5,3] | grad=x,parameters
class TinyRNN(nn.Module):
    def __init__(self, n, h):
        super().__init__()
        self.h = h
        self.i2h = nn.Linear(n + h, h)
        self.gate = nn.Linear(n + h, h)

    def forward(self, x):
        hidden = x.new_zeros(x.size(0), self.h)
        outs = []
        for t in range(x.size(1)):
            c = torch.cat([x[:, t], hidden], 1)
            z = torch.sigmoid(self.gate(c))
            hidden = (1 - z) * hidden + z * torch.tanh(self.i2h(c))
            outs.append(hidden)
        return torch.stack(outs, dim=1), hidden


# run half_steps(x) | x=f16[3,4]
def half_steps(x):
    y = x * 2.5 + 1
    s = (x.float() ** 2).mean(-1, keepdim=True)
    z = x * torch.rsqrt(s + 1e-6).to(x.dtype)
    m = torch.ones(4, dtype=x.dtype)
    return y, z, z * m, x.softmax(-1), x.mean(), x.sum(), x / 3, x + torch.tensor(0.1)


# run half_mix(x, w) | x=f16[3,4] | w=f32[4] | todo | expect=fails | reason=an item of a value of unknown rank may have no axes
def half_mix(x, w):
    y = x * w
    z = x * w[0]
    return y, z, x * math.pi


# run lengths_mask(x, n) | x=f32[2,4,3] | n=np.array([2, 4]) | check=kind
def lengths_mask(x, n):
    mask = torch.arange(x.size(1))[None, :] < n[:, None]
    total = (x * mask.unsqueeze(-1)).sum(1)
    mean = total / mask.sum(1, keepdim=True)
    mx = x.masked_fill(~mask[..., None], -1e9).max(1).values
    return mean, mx, mask.float(), (~mask).sum(), mask.sum(dim=1) - 1


# run last_step(x, n) | x=f32[2,4,3] | n=np.array([2, 4])
def last_step(x, n):
    idx = (n - 1).view(-1, 1, 1).expand(-1, 1, x.size(2))
    return x.gather(1, idx).squeeze(1), x[torch.arange(x.size(0)), n - 1]


# run top_p(x) | x=f32[2,6]
def top_p(x, p=0.7):
    s, i = torch.sort(x, descending=True)
    c = torch.cumsum(F.softmax(s, dim=-1), dim=-1)
    remove = c > p
    remove[..., 1:] = remove[..., :-1].clone()
    remove[..., 0] = 0
    drop = remove.scatter(1, i, remove)
    return x.masked_fill(drop, -float("inf"))


# run top_k(x) | x=f32[2,6]
def top_k(x, k=3):
    v, _ = torch.topk(x, k)
    x[x < v[:, [-1]]] = -float("Inf")
    return F.softmax(x, dim=-1)


# run repetition(x, ids) | x=f32[1,6] | ids=i64[1,4] < 6
def repetition(x, ids, penalty=1.3):
    score = torch.gather(x, 1, ids)
    score = torch.where(score < 0, score * penalty, score / penalty)
    x.scatter_(1, ids, score)
    return x


# run ddim(x) | x=f32[2,3]
def ddim(x):
    betas = torch.linspace(1e-4, 0.02, 10)
    alphas = torch.cumprod(1.0 - betas, dim=0)
    prev = F.pad(alphas[:-1], (1, 0), value=1.0)
    t = torch.tensor([3, 7])
    a = alphas[t][:, None]
    noise = torch.ones_like(x)
    xt = a.sqrt() * x + (1 - a).sqrt() * noise
    post = betas * (1.0 - prev) / (1.0 - alphas)
    return xt, (xt - (1 - a).sqrt() * noise) / a.sqrt(), torch.log(post.clamp(min=1e-20)), prev


# run boxes(a, b) | a=np.array([[0, 0, 2, 2], [1, 1, 3, 3]], dtype=np.float32) | b=np.array([[1, 1, 2, 2]], dtype=np.float32)
def boxes(a, b):
    area = (a[:, 2] - a[:, 0]) * (a[:, 3] - a[:, 1])
    lt = torch.max(a[:, None, :2], b[:, :2])
    rb = torch.min(a[:, None, 2:], b[:, 2:])
    wh = (rb - lt).clamp(min=0)
    inter = wh[..., 0] * wh[..., 1]
    return inter / (area[:, None] + (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1]) - inter)


# run dice(x, t) | x=f32[2,4] | t=i64[2,4] < 2 | grad=x
def dice(x, t):
    p = torch.sigmoid(x)
    inter = (p * t).sum()
    return 1 - (2 * inter + 1) / (p.sum() + t.sum() + 1)


# run m = Norms(4); m(x) | model=m | x=f32[2,3,4] | grad=x,parameters
class Norms(nn.Module):
    def __init__(self, n, eps=1e-6):
        super().__init__()
        self.g = nn.Parameter(torch.ones(n))
        self.b = nn.Parameter(torch.zeros(n))
        self.eps = eps

    def forward(self, x):
        mean = x.mean(-1, keepdim=True)
        std = x.std(-1, keepdim=True)
        var = x.var(dim=-1, keepdim=True, unbiased=False)
        return self.g * (x - mean) / (std + self.eps) + self.b + (x - mean) / torch.sqrt(var + self.eps)


# run m = Counter(); m(x); m(x), m.steps, m.total | x=f32[2,3]
class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("steps", torch.zeros(1, dtype=torch.long))
        self.register_buffer("total", torch.tensor(0.0))
        self.cache = {}

    def forward(self, x):
        self.steps += 1
        self.total = self.total * 0.9 + x.mean().detach() * 0.1
        key = x.shape
        if key not in self.cache:
            self.cache[key] = torch.ones(x.shape[-1]) * len(self.cache)
        return x + self.cache[key] + self.steps


# run quantize(x) | x=f32[3,4] | grad=x
def quantize(x):
    scale = x.abs().max() / 127
    q = torch.round(x / scale).clamp(-128, 127)
    ste = x + (q * scale - x).detach()
    return ste, q.to(torch.int8)


# run bits(i) | i=i64[4] < 16 | check=kind
def bits(i):
    mask = 2 ** torch.arange(3, -1, -1)
    b = i.unsqueeze(-1).bitwise_and(mask).ne(0).byte()
    return b, (b * mask).sum(-1), (b.float() * 2 - 1).long()


# run uint_image(x) | x=u8[2,3,4] < 255
def uint_image(x):
    y = x.float() / 255.0
    z = (y * 255).round().clamp(0, 255).to(torch.uint8)
    w = x.permute(2, 0, 1).contiguous().to(torch.float32).div(255)
    return y, z, w, x.to(torch.int32) - 128


# run u8_arith(x) | x=u8[4] < 255 | check=kind
def u8_arith(x):
    return x.sum(), x.float().sum(), x.to(torch.int64).sum()


# run bool_math(x) | x=f32[6] | check=kind
def bool_math(x):
    m = x > 0
    n = x < 1
    return m.sum(), (m & n).sum(), m * 1.0, m.int() + n.int(), m.long() * 3, (m.float() * x).sum(), m.any(), m.all(), m.cumsum(0)


# run indices(x) | x=f32[3,4]
def indices(x):
    i = x.argmax()
    r, c = i // x.shape[1], i % x.shape[1]
    nz = (x > 0).nonzero()
    u = torch.div(i, 4, rounding_mode="floor")
    return r, c, nz, u, x.flatten()[i], x[r, c]


# run stats(x) | x=f32[5,4]
def stats(x):
    q = torch.quantile(x, 0.5, dim=0)
    c = torch.cov(x.T)
    med = x.median(dim=1).values
    return q, c, med, x.var(), x.std(0), torch.corrcoef(x.T), x.kthvalue(2, dim=0).values


# run swap(x) | x=f32[4]
def swap(x):
    y = x.clone()
    y[0], y[1] = y[1].clone(), y[0].clone()
    a, b = y[2:], y[:2]
    z = torch.cat([a, b])
    z[[0, 2]] = z[[2, 0]]
    return y, z


# run gumbel(x, u) | x=f32[2,3] | u=f32[2,3] > 0 | grad=x
def gumbel(x, u):
    y = F.softmax((x - torch.log(u + 1e-9)) / 0.5, dim=-1)
    hard = torch.zeros_like(y).scatter_(-1, y.argmax(-1, keepdim=True), 1.0)
    return hard - y.detach() + y


# run mixup(x, t) | x=f32[4,3] | t=i64[4] < 3
def mixup(x, t):
    lam = 0.3
    one = F.one_hot(t, 3)
    soft = one * lam + one.flip(0) * (1 - lam)
    smooth = torch.full((4, 3), 0.1 / 2)
    smooth.scatter_(1, t.unsqueeze(1), 0.9)
    return soft, smooth, -(soft * F.log_softmax(x, 1)).sum(1).mean(), one.float().sum(0)
