"""What a training step consists of: optimizers, losses, updates. `x` and `y` are a batch; `i` is its number."""

from pieces import Extra

LR = "<<0.05 || 0.1 || 1e-2>>"
PARAMETERS = [
    "model.parameters()", "model.parameters()", "[p for p in model.parameters() if p.requires_grad]", "filter(lambda p: p.requires_grad, model.parameters())", "list(model.parameters())",
    "[{'params': [p for n, p in model.named_parameters() if p.requires_grad and p.dim() > 1], 'weight_decay': 0.1}, {'params': [p for n, p in model.named_parameters() if p.requires_grad and p.dim() <= 1], 'lr': 0.01}]",
    "[{'params': model.head.parameters(), 'lr': 0.02}, {'params': [p for n, p in model.named_parameters() if not n.startswith('head') and p.requires_grad]}]",
    "model.head.parameters()", "groups(model)",
]
# Groups that a function makes.
GROUPS = [
    """
def groups(model):
    decay, no_decay = [], []
    for name, p in model.named_parameters():
        if not p.requires_grad:
            continue
        if <<p.ndim == 1 or name.endswith('.bias') || p.dim() < 2 || len(p.shape) <= 1 || 'bias' in name>>:
            no_decay.append(p)
        else:
            decay.append(p)
    return [{'params': decay, 'weight_decay': 0.1}, {'params': no_decay, 'weight_decay': 0.0}]
""",
    """
def groups(model):
    params = {n: p for n, p in model.named_parameters() if p.requires_grad}
    decay = [p for n, p in params.items() if p.dim() >= 2]
    rest = [p for n, p in params.items() if p.dim() < 2]
    return [{'params': decay, 'weight_decay': 1e-2, 'lr': 0.05}, {'params': rest, 'weight_decay': 0.0}]
""",
    """
def groups(model):
    no_decay = ['bias', 'norm']
    return [
        {'params': [p for n, p in model.named_parameters() if not any(nd in n for nd in no_decay)], 'weight_decay': 0.1},
        {'params': [p for n, p in model.named_parameters() if any(nd in n for nd in no_decay)], 'weight_decay': 0.0},
    ]
""",
]
OPTIMIZERS = [
    f"torch.optim.SGD(@parameters, lr={LR})", f"torch.optim.SGD(@parameters, lr={LR}, momentum=0.9)", f"torch.optim.SGD(@parameters, lr={LR}, momentum=0.9, weight_decay=1e-2, nesterov=True)",
    f"optim.Adam(@parameters, lr={LR})", f"optim.Adam(@parameters, lr={LR}, weight_decay=0.01)", f"optim.AdamW(@parameters, {LR}, betas=(0.8, 0.95))", f"optim.RMSprop(@parameters, lr={LR})",
    f"optim.Adagrad(@parameters, lr={LR})", f"optim.AdamW(@parameters, lr={LR}, amsgrad=True)", f"<<optim.Adam || optim.SGD>>(params=@parameters, lr={LR})",
]

SUPERVISED = [
    Extra(loss="out = model(x)\nloss = F.mse_loss(out, y)"), Extra("criterion = nn.MSELoss(<< || reduction='sum'>>)", "loss = criterion(model(x), y)", names="criterion"),
    Extra(loss="pred = model(x)\nloss = ((pred - y) ** 2).mean()"), Extra(loss="out = model(x)\nloss = F.mse_loss(out, y) + 1e-3 * sum(p.pow(2).sum() for p in model.parameters())"),
    Extra(loss="out = model(x)\nloss = F.smooth_l1_loss(out, y)\nreg = 0.\nfor n, p in model.named_parameters():\n    if 'weight' in n:\n        reg = reg + p.abs().sum()\nloss = loss + 1e-3 * reg"),
    Extra(loss="out = model(x)\nloss = F.cross_entropy(out, y.argmax(1), label_smoothing=0.1)"), Extra(loss="loss = step_loss(model, x, y)"),
    Extra("criterion = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 0.5, 1.0])<< || , reduction='none'>>)", "loss = criterion(model(x), y.argmax(dim=1)).mean()", names="criterion"),
    Extra(loss="logits = model(x)\ntarget = (y > 0).float()\nloss = F.binary_cross_entropy_with_logits(logits, target, reduction='none')\nmask = target.sum(1) > 0\nloss = <<(loss.mean(1) * mask).sum() / mask.sum() || loss[mask].mean()>>"),
]
TEACHERS = [
    Extra(
        "teacher = copy.deepcopy(model)\n<<teacher.eval() || teacher.requires_grad_(False) || for p in teacher.parameters():\n    p.requires_grad = False>>",
        "<<with torch.no_grad():\n    t = teacher(x) || t = teacher(x).detach()>>\ns = model(x + 0.1)\nsoft = F.kl_div(F.log_softmax(s / 2, dim=-1), F.softmax(t / 2, dim=-1), reduction='batchmean') * 4\nloss = 0.5 * soft + 0.5 * F.mse_loss(s, y)",
        after=["for t_p, s_p in zip(teacher.parameters(), model.parameters()):\n    t_p.data.mul_(0.9).add_(0.1 * s_p.data)", "with torch.no_grad():\n    for name, p in teacher.state_dict().items():\n        if p.is_floating_point():\n            p.copy_(0.9 * p + 0.1 * model.state_dict()[name])", ""],
        end="losses.append(teacher(data(3)[0]).mean().item())", names="teacher",
    ),
    # A target network, as in DQN.
    Extra(
        "target = <<copy.deepcopy(model) || Net()>>\ntarget.load_state_dict(model.state_dict())\n<<target.eval() || target.train()>>",
        """
        action = y.argmax(1)
        q = model(x).gather(1, action.unsqueeze(1)).squeeze(1)
        <<with torch.no_grad():
            best_q = target(y).max(1)[0] || best_q = target(y).max(dim=1).values.detach() || with torch.no_grad():
            best_q = target(y).gather(1, model(y).argmax(1, keepdim=True)).squeeze(1)>>
        expected = y[:, 0] + 0.9 * best_q * (y[:, 1] > 0).float()
        loss = <<F.smooth_l1_loss(q, expected) || F.mse_loss(q, expected)>>
        """,
        after=["if i % 2 == 1:\n    target.load_state_dict(model.state_dict())", "for tp, p in zip(target.parameters(), model.parameters()):\n    tp.data.copy_(0.05 * p.data + 0.95 * tp.data)", "state, own = target.state_dict(), model.state_dict()\nfor key in own:\n    state[key] = own[key] * 0.1 + state[key] * 0.9\ntarget.load_state_dict(state)"],
        end="losses.append(target(data(3)[0]).mean().item())", names="target",
    ),
]
REWARDED = [
    Extra(loss="dist = torch.distributions.Categorical(<<logits=model(x) || probs=F.softmax(model(x), dim=-1)>>)\naction = y.argmax(1)\nreward = y.mean(1)\nadvantage = (reward - reward.mean()) / (reward.std() + 1e-8)\nloss = -(dist.log_prob(action) * advantage<< || .detach()>>).mean() - 0.01 * dist.entropy().mean()"),
    Extra(
        "old = copy.deepcopy(model)",
        "action = y.argmax(1)\nwith torch.no_grad():\n    old_logp = F.log_softmax(old(x), dim=-1).gather(1, action[:, None]).squeeze(1)\nlogp = torch.log_softmax(model(x), dim=-1)[torch.arange(6), action]\nratio = <<(logp - old_logp).exp() || torch.exp(logp - old_logp.detach())>>\nadv = y.sum(1)\nloss = -torch.min(ratio * adv, torch.clamp(ratio, 0.8, 1.2) * adv).mean()",
        after="<<old.load_state_dict(model.state_dict()) || if i == 1:\n    old = copy.deepcopy(model)>>", names="old",
    ),
    Extra(loss="out = model(x)\nlogits, value = out[:, :3], out[:, 3]\nreturns = []\nR = 0.0\nfor r in reversed(y[:, 0].tolist()):\n    R = r + 0.9 * R\n    returns.insert(0, R)\nreturns = torch.tensor(returns)\nadvantage = returns - value.detach()\nlog_prob = F.log_softmax(logits, 1)[:, 0]\nloss = -(log_prob * advantage).mean() + 0.5 * F.mse_loss(value, returns)"),
]
CONTRASTED = [
    Extra(loss="z = F.normalize(model(x), dim=1)\nsim = z @ z.t() / 0.5\nmask = torch.eye(sim.size(0), dtype=torch.bool)\nsim = <<sim.masked_fill(mask, -9e15) || sim - mask.float() * 1e9>>\nlabels = torch.arange(6).roll(3)\nloss = F.cross_entropy(sim, labels)"),
    Extra(loss="f = F.normalize(torch.cat([model(x), model(y)]), dim=1)\nlabels = y.argmax(1).repeat(2)\nmask = torch.eq(labels[:, None], labels[None]).float()\nlogits = f @ f.T / 0.5\nlogits = logits - logits.max(dim=1, keepdim=True)[0].detach()\nother = torch.ones_like(mask).fill_diagonal_(0)\nmask = mask * other\nlog_prob = logits - torch.log((torch.exp(logits) * other).sum(1, keepdim=True))\nloss = -((mask * log_prob).sum(1) / mask.sum(1).clamp(min=1)).mean()"),
    Extra(loss="a, p, n = model(x), model(x + 0.1), model(x.flip(0))\nloss = <<F.triplet_margin_loss(a, p, n) || F.relu((a - p).pow(2).sum(1) - (a - n).pow(2).sum(1) + 0.5).mean()>>"),
    # One side of a pair is a constant, as in SimSiam.
    Extra(loss="z1, z2 = model(x), model(y)\nloss = -<<F.cosine_similarity(z1, z2.detach(), dim=-1).mean() || (F.normalize(z1, dim=1) * F.normalize(z2.detach(), dim=1)).sum(1).mean()>>"),
    Extra(loss="mu, logvar = model(x).chunk(2, dim=1)\nz = mu + torch.exp(0.5 * logvar) * x[:, :2]\nkld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())\nloss = F.mse_loss(z, y[:, :2], reduction='sum') + 0.1 * kld"),
]
LOSSES = SUPERVISED * 2 + TEACHERS * 2 + REWARDED + CONTRASTED

ZERO = "<<optimizer.zero_grad() || optimizer.zero_grad(set_to_none=True) || model.zero_grad()>>"
UPDATES = [
    Extra(loss=f"{ZERO}\n@loss\nloss.backward()\n@gradients\noptimizer.step()"),
    Extra(loss=f"@loss\n{ZERO}\nloss.backward()\n@gradients\noptimizer.step()"),
    Extra(loss=f"@loss\nloss.backward()\n@gradients\noptimizer.step()\n{ZERO}"),
    Extra(ZERO, "@loss\n<<loss = loss / 2\nloss.backward() || (loss / 2).backward()>>\nif (i + 1) % 2 == 0:\n    @gradients\n    optimizer.step()\n    optimizer.zero_grad()"),
    Extra("scaler = <<torch.amp.GradScaler('cpu', enabled=False) || torch.cuda.amp.GradScaler(enabled=False)>>", "optimizer.zero_grad()\nwith torch.autocast(device_type='cpu', enabled=False):\n    @loss\nscaler.scale(loss).backward()\nscaler.unscale_(optimizer)\n@gradients\nscaler.step(optimizer)\nscaler.update()", names="scaler"),
    Extra(loss="def closure():\n    optimizer.zero_grad()\n    @loss\n    loss.backward()\n    @gradients\n    return loss\n\nloss = optimizer.step(closure)"),
    Extra(loss="@loss\nmodel.zero_grad()\nloss.backward()\nwith torch.no_grad():\n    for p in model.parameters():\n        <<if p.grad is not None:\n            p -= 0.1 * p.grad || if p.requires_grad and p.grad is not None:\n            p.copy_(p - 0.1 * p.grad) || if p.grad is None:\n            continue\n        p.data.add_(p.grad, alpha=-0.1)>>"),
    Extra(loss="@loss\nparams = [p for p in model.parameters() if p.requires_grad]\ngrads = torch.autograd.grad(loss, params, allow_unused=True)\nwith torch.no_grad():\n    for p, g in zip(params, grads):\n        if g is not None:\n            p.sub_(0.1 * g)"),
]
UPDATES = UPDATES[:3] * 3 + UPDATES[3:]
