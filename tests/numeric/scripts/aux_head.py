# script model=model | xs=f32[10,6,4] | ys=i64[10,6]<3 | tol=1e-4
import torch
import torch.nn as nn
import torch.nn.functional as F


class Inception(nn.Module):
    def __init__(self, aux_logits=True):
        super().__init__()
        self.stem = nn.Linear(4, 8)
        self.aux_logits = aux_logits
        if aux_logits:
            self.aux = nn.Linear(8, 3)
        self.mid = nn.Linear(8, 8)
        self.fc = nn.Linear(8, 3)
        self.unused_proj = nn.Linear(8, 8)

    def forward(self, x):
        h = F.relu(self.stem(x))
        aux = None
        if self.training and self.aux_logits:
            aux = self.aux(h)
        h = F.relu(self.mid(h))
        out = self.fc(h)
        if self.training and self.aux_logits:
            return out, aux
        return out


model = Inception()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-2)
losses = []
for epoch in range(2):
    model.train()
    for x, y in zip(xs, ys):
        optimizer.zero_grad()
        outputs, aux_outputs = model(x)
        loss1 = F.cross_entropy(outputs, y)
        loss2 = F.cross_entropy(aux_outputs, y)
        loss = loss1 + 0.4 * loss2
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        losses.append((torch.argmax(model(xs[0]), dim=1) == ys[0]).float().mean().item())
losses, model
