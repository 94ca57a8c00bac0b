# script model=model | xs=f32[8,6,3] | ys=i64[8,6]<2 | tol=1e-4
from dataclasses import dataclass
from typing import Optional

import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass
class Output:
    logits: torch.Tensor
    loss: Optional[torch.Tensor] = None


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 2))

    def forward(self, x, labels=None):
        logits = self.net(x)
        return Output(logits, None if labels is None else F.cross_entropy(logits, labels))


model = Classifier()
optimizer = torch.optim.AdamW(model.parameters(), lr=0.02)
log = []
for x, y in zip(xs, ys):
    batch = {"x": x, "labels": y}
    outputs = model(**batch)
    optimizer.zero_grad()
    outputs.loss.backward()
    optimizer.step()
    log.append((outputs.loss.item(), outputs.logits.argmax(-1)))

# the same in two lines, with another name for the loss
for x, y in zip(xs, ys):
    optimizer.zero_grad()
    out = model(x, y)
    (out.loss / 2).backward()
    optimizer.step()
    log.append(out.loss.detach())
log, model
