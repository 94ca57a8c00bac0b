# script model=clip | xs=f32[10,6,4] | ys=f32[10,6,5] | tol=1e-4
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class Projection(nn.Module):
    def __init__(self, d_in, d_out, p=0.0):
        super().__init__()
        self.linear1 = nn.Linear(d_in, d_out, bias=False)
        self.linear2 = nn.Linear(d_out, d_out, bias=False)
        self.layer_norm = nn.LayerNorm(d_out)
        self.drop = nn.Dropout(p)

    def forward(self, x):
        embed1 = self.linear1(x)
        embed2 = self.drop(self.linear2(F.gelu(embed1)))
        return self.layer_norm(embed1 + embed2)


class CLIP(nn.Module):
    def __init__(self):
        super().__init__()
        self.image_encoder = Projection(4, 6)
        self.text_encoder = Projection(5, 6)
        self.logit_scale = nn.Parameter(torch.ones([]) * np.log(1 / 0.07))

    def forward(self, img, txt):
        i = F.normalize(self.image_encoder(img), dim=-1)
        t = F.normalize(self.text_encoder(txt), dim=-1)
        sim = self.logit_scale.exp() * i @ t.T
        labels = torch.arange(img.shape[0])
        return (F.cross_entropy(sim, labels) + F.cross_entropy(sim.T, labels)) / 2


clip = CLIP()
params = [
    {"params": clip.image_encoder.parameters(), "lr": 1e-3},
    {"params": clip.text_encoder.parameters(), "lr": 5e-3},
    {"params": [clip.logit_scale], "lr": 1e-2, "weight_decay": 0.0},
]
optimizer = torch.optim.AdamW(params, weight_decay=0.2)
lr_scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="min", patience=1, factor=0.5)
losses = []
for x, y in zip(xs, ys):
    loss = clip(x, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    lr_scheduler.step(loss.item())
    losses.append((loss.item(), optimizer.param_groups[0]["lr"], optimizer.param_groups[-1]["lr"]))
losses, clip
