# script model=towers | a=f32[6,8,5] | b=f32[6,8,4] | tol=1e-3
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

towers = nn.ModuleDict({"image": nn.Linear(5, 3), "text": nn.Linear(4, 3)})
image_encoder, text_encoder = towers["image"], towers["text"]
logit_scale = nn.Parameter(torch.tensor(np.log(1 / 0.07), dtype=torch.float32))
params = list(image_encoder.parameters()) + list(text_encoder.parameters()) + [logit_scale]
optimizer = torch.optim.AdamW(params, lr=0.02)
log = []
for images, texts in zip(a, b):
    left = F.normalize(image_encoder(images), dim=-1)
    right = F.normalize(text_encoder(texts), dim=-1)
    logits = logit_scale.exp() * left @ right.t()
    labels = torch.arange(len(images))
    loss = (F.cross_entropy(logits, labels) + F.cross_entropy(logits.t(), labels)) / 2
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        logit_scale.clamp_(0, np.log(100))
    log.append(loss.item())

log, logit_scale, towers
