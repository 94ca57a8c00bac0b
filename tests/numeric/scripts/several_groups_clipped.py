# script model=model | xs=f32[6,5,4] | ys=i64[6,5]<3 | tol=1e-4 | todo=T2M303,T2M301
"""Control: each of two groups has a norm of its own."""
import torch
import torch.nn as nn
import torch.nn.functional as F

model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3))
opt = torch.optim.Adam([{"params": model[0].parameters()}, {"params": model[2].parameters(), "lr": 0.01}], lr=0.05)
seen = []
for x, y in zip(xs, ys):
    opt.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    for group in opt.param_groups:
        torch.nn.utils.clip_grad_norm_(group["params"], 0.1)
    opt.step()
    seen.append(loss.item())
seen, model
