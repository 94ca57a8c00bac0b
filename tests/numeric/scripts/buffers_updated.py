# script model=model | xs=f32[10,6,4] | tol=1e-4
import torch
import torch.nn as nn


class Centered(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3, bias=False)
        self.register_buffer('center', torch.zeros(3))
        self.register_buffer('steps', torch.tensor(0))

    def forward(self, x):
        h = self.fc(x)
        if self.training:
            self.center = 0.9 * self.center + 0.1 * h.mean(0).detach()
            self.steps += 1
        return h - self.center


model = Centered()
opt = torch.optim.AdamW(model.parameters(), lr=0.05, weight_decay=0.3)
log = []
for x in xs:
    loss = model(x).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    log.append(loss.item())
log, int(model.steps), model.center, model
