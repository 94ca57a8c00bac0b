# script model=model | xs=f32[10,6,4] | ys=f32[10,6,1] | tol=1e-4
import copy
import torch
import torch.nn as nn


class EMA:
    def __init__(self, model, decay):
        self.decay = decay
        self.shadow = {}
        self.backup = {}
        for name, param in model.named_parameters():
            if param.requires_grad:
                self.shadow[name] = param.data.clone()

    def update(self, model):
        for name, param in model.named_parameters():
            if param.requires_grad:
                new_average = (1.0 - self.decay) * param.data + self.decay * self.shadow[name]
                self.shadow[name] = new_average.clone()

    def apply_shadow(self, model):
        for name, param in model.named_parameters():
            if param.requires_grad:
                self.backup[name] = param.data
                param.data = self.shadow[name]

    def restore(self, model):
        for name, param in model.named_parameters():
            if param.requires_grad:
                param.data = self.backup[name]
        self.backup = {}


model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1))
ema = EMA(model, 0.9)
ema_model = copy.deepcopy(model)
for p in ema_model.parameters():
    p.requires_grad_(False)


@torch.no_grad()
def update_ema(target, source, decay=0.99):
    for tp, sp in zip(target.parameters(), source.parameters()):
        tp.data.mul_(decay).add_(sp.data, alpha=1 - decay)


optimizer = torch.optim.RMSprop(model.parameters(), lr=0.01)
losses, evals = [], []
for x, y in zip(xs, ys):
    loss = ((model(x) - y) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    ema.update(model)
    update_ema(ema_model, model, 0.95)
    losses.append(loss.item())
    ema.apply_shadow(model)
    with torch.no_grad():
        evals.append(((model(x) - y) ** 2).mean().item())
    ema.restore(model)
losses, evals, [p for p in ema_model.parameters()], model
