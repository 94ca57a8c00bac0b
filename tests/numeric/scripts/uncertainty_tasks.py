# script model=model | xs=f32[10,6,4] | ys=f32[10,6,1] | cs=i64[10,6] < 3 | train=10
import torch
from torch import nn, optim


class MultiTask(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(4, 8), nn.LeakyReLU(0.1))
        self.heads = nn.ModuleDict({"reg": nn.Linear(8, 1), "cls": nn.Linear(8, 3)})
        self.log_vars = nn.ParameterList([nn.Parameter(torch.zeros(1)) for _ in range(2)])

    def forward(self, x):
        h = self.trunk(x)
        return {name: head(h) for name, head in self.heads.items()}

    def loss(self, outputs, y, c):
        losses = [nn.functional.mse_loss(outputs["reg"], y), nn.functional.cross_entropy(outputs["cls"], c)]
        total = 0
        for value, log_var in zip(losses, self.log_vars):
            total = total + torch.exp(-log_var) * value + log_var
        return total.sum()


model = MultiTask()
optimizer = optim.AdamW(model.parameters(), lr=0.02, weight_decay=0.1)
scheduler = optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 4) * 0.95 ** step)
losses = []
for x, y, c in zip(xs, ys, cs):
    optimizer.zero_grad()
    loss = model.loss(model(x), y, c)
    loss.backward()
    optimizer.step()
    scheduler.step()
    losses.append(loss.item())

losses, model
