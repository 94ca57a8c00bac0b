# script model=model | xs=f32[10,6,4] | ys=f32[10,6,1] | tol=1e-4
import torch
import torch.nn as nn

model = nn.Linear(4, 1)
opt = torch.optim.Adam(model.parameters(), lr=0.1)
sched = torch.optim.lr_scheduler.ExponentialLR(opt, gamma=0.9)
log, gnorm = [], 0.0
for i, (x, y) in enumerate(zip(xs, ys)):
    opt.zero_grad()
    loss = nn.functional.huber_loss(model(x), y)
    loss.backward()
    # warm-up
    if i < 3:
        for group in opt.param_groups:
            group['lr'] = 0.1 * (i + 1) / 3
    if i % 2:
        gnorm = nn.utils.clip_grad_norm_(model.parameters(), 0.1).item()
    opt.step()
    if i >= 3:
        sched.step()
    log.append((loss.item(), gnorm, opt.param_groups[0]['lr']))
log, model
