# script tol=1e-4
# One optimizer for the matrices and one for the rest, or one for all and one for a part, stepped one by one, in a loop, or beside their schedules.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(16, 8)
        self.h = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8))
        self.lm_head = nn.Linear(8, 16)
        with torch.no_grad():
            for p in self.parameters():
                p.copy_(torch.linspace(-0.5, 0.5, p.numel()).view_as(p).sin())

    def forward(self, x):
        return self.lm_head(self.h(self.embed(x)))


class SignSGD(torch.optim.Optimizer):
    def __init__(self, params, lr=0.02, momentum=0.95):
        super().__init__(params, dict(lr=lr, momentum=momentum))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if "buffer" not in state:
                    state["buffer"] = torch.zeros_like(p)
                state["buffer"].mul_(group["momentum"]).add_(p.grad)
                p.add_(state["buffer"].sign(), alpha=-group["lr"])


def batches(n=5):
    return [((torch.arange(6).reshape(2, 3) * (i + 1)) % 16, (torch.arange(6).reshape(2, 3) + i) % 16) for i in range(n)]


def with_schedules():
    net = Net()
    matrices = [p for p in net.h.parameters() if p.ndim >= 2]
    rest = [p for n, p in net.named_parameters() if p.ndim < 2 or "embed" in n or "lm_head" in n]
    optimizers = [torch.optim.SGD(matrices, lr=0.02, momentum=0.9), torch.optim.AdamW(rest, lr=1e-3)]
    schedulers = [torch.optim.lr_scheduler.StepLR(o, 2, 0.5) for o in optimizers]
    losses = []
    for x, y in batches():
        loss = F.cross_entropy(net(x).view(-1, 16), y.view(-1))
        loss.backward()
        for opt, sched in zip(optimizers, schedulers):
            opt.step()
            sched.step()
        net.zero_grad(set_to_none=True)
        losses.append(loss.item())
    return losses, net


def own_class():
    net = Net()
    opt1 = SignSGD([p for p in net.h.parameters() if p.ndim >= 2], lr=0.002)
    opt2 = torch.optim.AdamW([p for p in net.parameters() if p.ndim < 2], lr=1e-3)
    for x, y in batches():
        loss = F.cross_entropy(net(x).view(-1, 16), y.view(-1))
        opt1.zero_grad()
        opt2.zero_grad()
        loss.backward()
        opt1.step()
        opt2.step()
    return net


# The second one moves what the first one moved, along the same gradients.
def whole_and_part():
    net = Net()
    slow, fast = torch.optim.SGD(net.parameters(), lr=1e-2), torch.optim.SGD(net.lm_head.parameters(), lr=0.1, momentum=0.5)
    for x, y in batches():
        net.zero_grad()
        loss = F.cross_entropy(net(x).view(-1, 16), y.view(-1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        slow.step()
        fast.step()
    return net


def two_over_all():
    net = Net()
    a, b = torch.optim.SGD(net.parameters(), lr=1e-2), torch.optim.Adam(net.parameters(), lr=1e-3)
    for x, y in batches():
        a.zero_grad()
        b.zero_grad()
        loss = F.cross_entropy(net(x).view(-1, 16), y.view(-1))
        loss.backward()
        for o in (a, b):
            o.step()
    return net


with_schedules(), own_class(), whole_and_part(), two_over_all()
