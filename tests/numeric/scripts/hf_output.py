# script model=model | xs=i64[10,3,5]<7 | tol=1e-4
from dataclasses import dataclass
from typing import Optional
import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass
class Output:
    loss: Optional[torch.Tensor] = None
    logits: torch.Tensor = None


class LM(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte = nn.Embedding(7, 6)
        self.drop = nn.Dropout(p=0)
        self.head = nn.Linear(6, 7, bias=False)

    def forward(self, input_ids, labels=None):
        logits = self.head(self.drop(self.wte(input_ids)))
        loss = None
        if labels is not None:
            loss = F.cross_entropy(logits[:, :-1].reshape(-1, 7), labels[:, 1:].reshape(-1))
        return Output(loss=loss, logits=logits)


model = LM()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
lr_scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=1.0, end_factor=0.1, total_iters=8)
model.train()
out = []
for epoch in range(1):
    for batch in [{"input_ids": x, "labels": x} for x in xs]:
        batch = {k: v.to("cpu") for k, v in batch.items()}
        outputs = model(**batch)
        loss = outputs.loss
        loss.backward()

        optimizer.step()
        lr_scheduler.step()
        optimizer.zero_grad()
        out.append((loss.item(), outputs.logits.mean().item()))
out, model
