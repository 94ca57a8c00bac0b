# script model=model | xs=f32[10,6,4] | ys=i64[10,6] < 3 | train=10
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class LoRALinear(nn.Module):
    def __init__(self, base: nn.Linear, r=2, alpha=4):
        super().__init__()
        self.base = base
        for p in self.base.parameters():
            p.requires_grad = False
        self.lora_A = nn.Parameter(torch.zeros(r, base.in_features))
        self.lora_B = nn.Parameter(torch.zeros(base.out_features, r))
        self.scaling = alpha / r
        nn.init.kaiming_uniform_(self.lora_A, a=math.sqrt(5))

    def forward(self, x):
        return self.base(x) + (x @ self.lora_A.T @ self.lora_B.T) * self.scaling


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = LoRALinear(nn.Linear(4, 8))
        self.norm = nn.LayerNorm(8)
        self.fc2 = LoRALinear(nn.Linear(8, 3))

    def forward(self, x):
        return self.fc2(self.norm(F.gelu(self.fc1(x))))


model = Net()
for name, p in model.named_parameters():
    if "lora_" not in name:
        p.requires_grad = False
params = [p for p in model.parameters() if p.requires_grad]
optimizer = torch.optim.AdamW(params, lr=0.01, weight_decay=0.1)
losses = []
for x, y in zip(xs, ys):
    loss = F.cross_entropy(model(x), y, label_smoothing=0.1)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(params, 0.5)
    optimizer.step()
    losses.append(loss.item())

losses, model
