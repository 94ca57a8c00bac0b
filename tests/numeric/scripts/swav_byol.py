# script model=model | xs=f32[10,6,4] | ns=f32[10,6,4] | train=10 | tol=1e-3
import copy

import torch
import torch.nn as nn
import torch.nn.functional as F


@torch.no_grad()
def sinkhorn(scores, eps=0.5, iters=3):
    Q = torch.exp(scores / eps).t()
    Q /= torch.sum(Q)
    K, B = Q.shape
    for _ in range(iters):
        Q /= torch.sum(Q, dim=1, keepdim=True)
        Q /= K
        Q /= torch.sum(Q, dim=0, keepdim=True)
        Q /= B
    return (Q * B).t()


def mlp(i, h, o):
    return nn.Sequential(nn.Linear(i, h), nn.BatchNorm1d(h), nn.ReLU(inplace=True), nn.Linear(h, o))


class BYOL(nn.Module):
    def __init__(self, m=0.9):
        super().__init__()
        self.online = mlp(4, 8, 5)
        self.predictor = mlp(5, 8, 5)
        self.target = copy.deepcopy(self.online)
        self.prototypes = nn.Linear(5, 4, bias=False)
        self.m = m
        for p in self.target.parameters():
            p.requires_grad = False

    @torch.no_grad()
    def update(self):
        for o, t in zip(self.online.parameters(), self.target.parameters()):
            t.data = t.data * self.m + o.data * (1 - self.m)

    def regress(self, p, z):
        return 2 - 2 * F.cosine_similarity(p, z.detach(), dim=-1).mean()

    def forward(self, a, b):
        za, zb = self.online(a), self.online(b)
        with torch.no_grad():
            ta, tb = self.target(a), self.target(b)
        loss = self.regress(self.predictor(za), tb) + self.regress(self.predictor(zb), ta)
        sa, sb = self.prototypes(F.normalize(za, dim=1)), self.prototypes(F.normalize(zb, dim=1))
        qa, qb = sinkhorn(sa), sinkhorn(sb)
        return loss - 0.5 * (qa * F.log_softmax(sb / 0.3, dim=1) + qb * F.log_softmax(sa / 0.3, dim=1)).sum(1).mean()


model = BYOL()
model.target.load_state_dict(model.online.state_dict())
optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.05, momentum=0.9, weight_decay=1e-4)
losses = []
for x, n in zip(xs, ns):
    with torch.no_grad():
        w = model.prototypes.weight.data.clone()
        w = F.normalize(w, dim=1, p=2)
        model.prototypes.weight.copy_(w)
    loss = model(x, x + 0.1 * n)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    model.update()
    losses.append(loss.item())

losses, model
