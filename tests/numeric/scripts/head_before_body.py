# script x=f32[20,4] | y=i64[20]<3 | tol=1e-4
import torch
import torch.nn as nn
import torch.nn.functional as F


class SplitM(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Linear(4, 8)
        self.head = nn.Linear(8, 3)
        with torch.no_grad():
            for k, p in enumerate(self.parameters()):
                p.copy_(torch.sin(torch.arange(p.numel(), dtype=torch.float32) * 0.9 + k).reshape(p.shape) * 0.3)

    def forward(self, x):
        return self.head(torch.tanh(self.backbone(x)))

    def freeze_backbone(self):
        self._set(False)

    def unfreeze_backbone(self):
        self._set(True)

    def _set(self, flag):
        for p in self.backbone.parameters():
            p.requires_grad = flag


def run(x, y):
    model = SplitM()
    opt = torch.optim.AdamW(model.parameters(), lr=0.05)
    out = []
    model.freeze_backbone()
    for epoch in range(5):
        if epoch == 2:
            model.unfreeze_backbone()
        opt.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        opt.step()
        out.append(loss.item())
    return out, model


run(x, y)
