# script model=model | xs=f32[10,6,4] | ys=f32[10,6,2] | train=10
import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

model = nn.Sequential(nn.Linear(4, 5), nn.SiLU(), nn.Linear(5, 2))
optim = AdamW(model.parameters(), lr=1e-2, weight_decay=0.01)
warmup = 4
sched = LambdaLR(optim, lr_lambda=lambda step: min(1.0, (step + 1) / warmup))
log = []
for step in range(10):
    x, y = xs[step], ys[step]
    loss = nn.functional.smooth_l1_loss(model(x), y)
    optim.zero_grad(set_to_none=True)
    loss.backward()
    grad_norm = clip_grad_norm_(model.parameters(), max_norm=0.5)
    optim.step()
    sched.step()
    log.append([loss.item(), grad_norm.item(), sched.get_last_lr()[0], optim.param_groups[0]['lr']])
    if (step + 1) % 5 == 0:
        print(f"step {step} | loss {loss.item():.4f} | norm {grad_norm:.4f} | lr {sched.get_last_lr()[0]:.2e}")

log, model
