import torch
import torch.nn as nn
import torch.nn.functional as F


@torch.no_grad()
def soft_targets(out, temp=0.5):
    return F.softmax(out / temp, dim=-1)


# run objective(a) | a=f32[4,3] | grad=a
def objective(a):
    return -(soft_targets(a) * F.log_softmax(a, 1)).sum(1).mean()


# run c = Clusters(); c.contrast(a, b) | a=f32[4,3] | b=f32[4,3] | grad=a,b
class Clusters:
    @torch.no_grad()
    def weights(self, t):
        return torch.exp(t - t.max())

    def contrast(self, s, t):
        return (self.weights(s) * s).sum() + (self.weights(t) * s).sum()


@torch.no_grad()
def balanced(out, steps=2):
    q = torch.exp(out / 0.5).t()
    q = q / q.sum()
    for _ in range(steps):
        q = q / q.sum(dim=1, keepdim=True)
        q = q / q.sum(dim=0, keepdim=True)
    return q.t()


# run swapped(a, b) | a=f32[4,3] | b=f32[4,3] | grad=a,b
def swapped(a, b):
    return -(balanced(a) * F.log_softmax(b, 1)).mean() - (balanced(b) * F.log_softmax(a, 1)).mean()


@torch.no_grad()
def both(x, y):
    return x * y, x.sum()


# run scaled(a, b) | a=f32[4,3] | b=f32[4,3] | grad=a,b
def scaled(a, b):
    c, d = both(a, b)
    return (c * a).sum() * d


@torch.no_grad()
def accuracy(out, y):
    return (out.argmax(1) == y).float().mean()


# run rated(a, y) | a=f32[4,3] | y=i64[4] < 3 | grad=a
def rated(a, y):
    return F.cross_entropy(a, y) * (1 + accuracy(a, y))


@torch.no_grad()
def grid(n, like):
    return torch.linspace(0, 1, n) * torch.ones_like(like)


# run on_grid(a) | a=f32[4,3] | grad=a
def on_grid(a):
    return (a * grid(3, a)).sum()


# run picked(d, m) | d=f32[4,4] | m=f32[4,4] | grad=d
def picked(d, m):
    i = torch.argmax(d * m, dim=1)
    return d[torch.arange(4), i].mean()


# run quantized(x, e) | x=f32[4,5] | e=f32[7,5] | grad=x,e
def quantized(x, e):
    i = torch.cdist(x, e).argmin(1)
    q = e[i]
    return x + (q - x).detach(), F.mse_loss(q, x.detach())


# run weighted(p) | p=f32[6,3] | grad=p
def weighted(p):
    v, i = torch.max(p, 1)
    w = torch.tensor([1.0, 2.0, 3.0])
    return w[i] * v


# run binned(p) | p=f32[6,3] | grad=p
def binned(p):
    bins = (p.sigmoid() * 4).long()
    table = torch.linspace(0, 1, 4)
    return table[bins] * p


# run ordered(p) | p=f32[6] | grad=p
def ordered(p):
    order = torch.argsort(p)
    return (p[order] * torch.arange(6)).sum()


# run placed(p, e) | p=f32[6] | e=f32[5,2] | grad=p,e
def placed(p, e):
    i = torch.searchsorted(torch.tensor([-1.0, 0.0, 0.5, 1.0]), p)
    return e[i] * p[:, None]


# run greedy(e, w) | e=f32[6,3] | w=f32[6,3] | grad=e,w
def greedy(e, w):
    inp = torch.zeros(2, dtype=torch.long)
    out = 0
    for _ in range(2):
        logits = F.embedding(inp, e) @ w.t()
        inp = logits.argmax(dim=-1)
        out = out + logits.sum()
    return out


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(6, 3)
        self.o = nn.Linear(3, 6)

    def forward(self, enc):
        seq = torch.zeros(2, 1, dtype=torch.long)
        tot = 0
        for i in range(3):
            logits = self.o(self.e(seq).mean(1) + enc)
            nxt = logits.max(-1)[1]
            seq = torch.cat([seq, nxt.unsqueeze(1)], dim=1)
            tot = tot + F.cross_entropy(logits, torch.ones(2).long())
        return tot


# run m = Decoder(); m(x) | model=m | x=f32[2,3] | grad=parameters


class ListDecoder(Decoder):
    def forward(self, enc):
        toks = [torch.zeros(2, dtype=torch.long)]
        tot = 0
        for i in range(3):
            logits = self.o(self.e(toks[-1]) + enc)
            toks.append(logits.argmax(-1))
            tot = tot + F.log_softmax(logits, -1).gather(1, toks[-1][:, None]).sum()
        return tot


# run m = ListDecoder(); m(x) | model=m | x=f32[2,3] | grad=parameters


def corners(f, rois):
    out = []
    for r in rois:
        x1, y1, x2, y2 = r
        y0 = (torch.stack([y1, y2]) * 1.5).floor().long().clamp(0, 2)
        x0 = x1.floor().long().clamp(0, 2)
        out.append(f[:, y0][:, :, x0].sum() * x2)
    return torch.stack(out)


class Crops(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Linear(4, 4)

    def forward(self, f, x):
        return corners(f, self.l(x))


# run m = Crops(); m(f, x) | model=m | f=f32[2,3,3] | x=f32[2,4] | grad=parameters


# run inverted(w) | w=f32[3,3] | grad=w | tol=1e-3
def inverted(w):
    w = w + 4 * torch.eye(3)
    return torch.inverse(w).sum() + torch.linalg.inv(w)[0] + torch.linalg.pinv(w)[1]


@torch.no_grad()
def evaluate(model, batches):
    model.eval()
    return torch.cat([model(x) for x in batches]).mean()


# run run_eval()
def run_eval(x=torch.ones(2, 3)):
    return evaluate(nn.Identity(), [x, x])
