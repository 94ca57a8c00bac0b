# script model=model | xs=f32[10,6,4] | ys=f32[10,6,1] | tol=1e-4
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 6)
        self.head = nn.Linear(6, 1)

    def freeze_body(self):
        for p in self.body.parameters():
            p.requires_grad_(False)

    def forward(self, x):
        return self.head(torch.tanh(self.body(x)))


model = Net()
opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
log = []
for epoch in range(2):
    if epoch == 1:
        model.freeze_body()
    for x, y in zip(xs, ys):
        loss = nn.functional.mse_loss(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        with torch.no_grad():
            for p in model.parameters():
                p.clamp_(-1.0, 1.0)
        log.append(loss.item())
log, model
