# script model=model | xs=f32[6,5,4] | ys=i64[6,5]<3 | tol=1e-4
"""What is clipped is asked from the optimizer, whose one group holds the model."""
import torch
import torch.nn as nn
import torch.nn.functional as F

model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3))
opt = torch.optim.Adam(model.parameters(), lr=0.05)
seen = []
for x, y in zip(xs, ys):
    opt.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    for group in opt.param_groups:
        torch.nn.utils.clip_grad_norm_(group["params"], 0.1)
    opt.step()
    seen.append(loss.item())

plain = torch.optim.SGD(model.parameters(), lr=0.5)
for x, y in zip(xs, ys):
    plain.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    norm = nn.utils.clip_grad_norm_(plain.param_groups[0]["params"], max_norm=0.1)
    plain.step()
    seen.append((loss.item(), norm.item()))
seen, model
