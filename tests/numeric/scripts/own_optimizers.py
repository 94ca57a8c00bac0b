# script model=net | xs=f32[8,6,4] | ys=f32[8,6,1] | tol=1e-4
import math
import torch
from torch import nn
from torch.optim import Optimizer


class LARS(Optimizer):
    def __init__(self, params, lr, momentum=0.9, weight_decay=0.0, trust=0.01, nesterov=False):
        if lr < 0:
            raise ValueError(f"Invalid learning rate: {lr}")
        super().__init__(params, dict(lr=lr, momentum=momentum, weight_decay=weight_decay, trust=trust, nesterov=nesterov))

    @torch.no_grad()
    def step(self):
        for g in self.param_groups:
            for p in g["params"]:
                dp = p.grad
                if dp is None:
                    continue
                if p.ndim > 1:
                    dp = dp.add(p, alpha=g["weight_decay"])
                    param_norm = torch.norm(p)
                    update_norm = torch.norm(dp)
                    one = torch.ones_like(param_norm)
                    q = torch.where(param_norm > 0.0, torch.where(update_norm > 0, (g["trust"] * param_norm / update_norm), one), one)
                    dp = dp.mul(q)
                param_state = self.state[p]
                if "mu" not in param_state:
                    param_state["mu"] = torch.zeros_like(p)
                mu = param_state["mu"]
                mu.mul_(g["momentum"]).add_(dp)
                if g["nesterov"]:
                    mu = dp + g["momentum"] * mu
                p.add_(mu, alpha=-g["lr"])


class AdaBelief(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        defaults = {"lr": lr, "betas": betas, "eps": eps}
        super(AdaBelief, self).__init__(params, defaults)

    def step(self, closure=None):
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                grad = p.grad.data
                state = self.state[p]
                if not state:
                    state["step"] = 0
                    state["m"] = torch.zeros_like(p.data)
                    state["s"] = torch.zeros_like(p.data)
                state["step"] += 1
                state["m"] = beta1 * state["m"] + (1 - beta1) * grad
                diff = grad - state["m"]
                state["s"] = beta2 * state["s"] + (1 - beta2) * diff * diff + group["eps"]
                m_hat = state["m"] / (1 - math.pow(beta1, state["step"]))
                s_hat = state["s"] / (1 - math.pow(beta2, state["step"]))
                p.data = p.data - group["lr"] * m_hat / (s_hat.sqrt() + group["eps"])
        return loss


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(4, 8)
        self.fc2 = nn.Linear(8, 1)

    def forward(self, x):
        return self.fc2(torch.tanh(self.fc1(x)))


net = Net()
decay = [p for n, p in net.named_parameters() if "bias" not in n]
plain = [p for n, p in net.named_parameters() if "bias" in n]
opt = LARS([{"params": decay, "weight_decay": 0.1}, {"params": plain, "lr": 0.02}], lr=0.1, nesterov=True)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=[0.2, 0.05], total_steps=8)
log = []
for x, y in zip(xs, ys):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    opt.step()
    sched.step()
    log.append((loss.item(), [g["lr"] for g in opt.param_groups], [g["momentum"] for g in opt.param_groups]))
belief = AdaBelief(filter(lambda p: p.requires_grad, net.parameters()), lr=0.01)
for epoch in range(3):
    for g in belief.param_groups:
        g["lr"] = 0.01 * 0.5 ** epoch
    for x, y in zip(xs, ys):
        belief.zero_grad()
        loss = nn.functional.mse_loss(net(x), y)
        loss.backward()
        belief.step()
        log.append(loss.item())
log, net
