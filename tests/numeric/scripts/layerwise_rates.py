# script model=model | xs=f32[10,6,4] | ys=f32[10,6,1] | tol=1e-4
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Linear(4, 6)
        self.blocks = nn.ModuleList([nn.Linear(6, 6) for _ in range(3)])
        self.head = nn.Linear(6, 1)

    def forward(self, x):
        x = torch.tanh(self.stem(x))
        for b in self.blocks:
            x = x + torch.tanh(b(x))
        return self.head(x)


def get_param_groups(model, base_lr, layer_decay, weight_decay):
    groups = []
    layers = [model.stem] + list(model.blocks) + [model.head]
    n = len(layers)
    for i, layer in enumerate(layers):
        lr = base_lr * layer_decay ** (n - i - 1)
        decay, no_decay = [], []
        for name, p in layer.named_parameters():
            if not p.requires_grad:
                continue
            if p.ndim == 1 or name.endswith(".bias"):
                no_decay.append(p)
            else:
                decay.append(p)
        groups.append({"params": decay, "lr": lr, "weight_decay": weight_decay})
        groups.append({"params": no_decay, "lr": lr, "weight_decay": 0.})
    return groups


model = Net()
optimizer = torch.optim.AdamW(get_param_groups(model, 0.02, 0.7, 0.1), betas=(0.9, 0.98))
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=[g["lr"] for g in optimizer.param_groups], total_steps=10)
losses = []
for x, y in zip(xs, ys):
    optimizer.zero_grad(set_to_none=True)
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
    scheduler.step()
    losses.append(loss.item())
    for i, g in enumerate(optimizer.param_groups):
        losses.append(g["lr"])
losses, model
