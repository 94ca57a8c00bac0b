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


class Gradual:
    def __init__(self, model):
        self.model = model

    def on_epoch(self, epoch):
        if epoch == 1:
            self.model.freeze_backbone()
        if epoch == 3:
            self.model.unfreeze_backbone()


def train(model, cb, x, y):
    opt = torch.optim.Adam(model.parameters(), lr=0.05)
    out = []
    for epoch in range(5):
        cb.on_epoch(epoch)
        opt.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        opt.step()
        out.append(loss.item())
    return out


def run(x, y):
    model = SplitM()
    return train(model, Gradual(model), x, y), model


run(x, y)
