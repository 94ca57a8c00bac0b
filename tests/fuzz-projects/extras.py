"""What people do beside the training step: schedules, clipping, averages, phases, checkpoints, metrics, hooks."""

from pieces import Extra

SCHEDULES = [
    Extra(f"scheduler = <<optim || torch.optim>>.lr_scheduler.{name}", after="scheduler.step()<< || \nlosses.append(scheduler.get_last_lr()[0]) || \nlosses.append(optimizer.param_groups[0]['lr'])>>", names="scheduler")
    for name in ("StepLR(optimizer, 2, gamma=0.5)", "CosineAnnealingLR(optimizer, T_max=5<< || , eta_min=1e-3>>)", "LambdaLR(optimizer, lambda s: 1 / (1 + s))",
                 "LambdaLR(optimizer, lr_lambda=lambda s: min(1.0, (s + 1) / 3))", "OneCycleLR(optimizer, max_lr=0.1, total_steps=20)", "MultiStepLR(optimizer, milestones=[1, 3], gamma=0.1)",
                 "ExponentialLR(optimizer, 0.9)", "LinearLR(optimizer, start_factor=0.5, total_iters=3)")
] + [
    Extra("scheduler = optim.lr_scheduler.ReduceLROnPlateau(optimizer, <<patience=0 || mode='min', factor=0.5, patience=1>>)", after="scheduler.step(<<loss || loss.item() || loss.detach()>>)\nlosses.append(optimizer.param_groups[0]['lr'])", names="scheduler"),
    Extra(gradients="lr = 0.05 * min(1.0, (i + 1) / 3)\nfor g in optimizer.param_groups:\n    g['lr'] = lr"),
    Extra(after="if i == 1:\n    for g in optimizer.param_groups:\n        g['lr'] *= 0.5"),
    Extra(gradients="optimizer.param_groups[0]['lr'] = 0.5 * 0.1 * (1 + math.cos(math.pi * i / 4))"),
]
GRADIENTS = [
    Extra(gradients="<<nn.utils || torch.nn.utils>>.clip_grad_norm_(model.parameters(), <<1.0 || max_norm=0.1>>)"), Extra(gradients="torch.nn.utils.clip_grad_value_(model.parameters(), 0.1)"),
    Extra(gradients="norm = nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], max_norm=0.5)", after="losses.append(norm.item())"),
    Extra(gradients="for p in model.parameters():\n    if p.grad is not None:\n        <<p.grad.mul_(0.5) || p.grad.data.clamp_(-0.1, 0.1) || p.grad = p.grad * 0.5 || p.grad /= 2>>"),
    Extra(gradients="total_norm = 0.0\nfor p in model.parameters():\n    if p.grad is not None:\n        total_norm += p.grad.detach().norm(2).item() ** 2\nlosses.append(total_norm ** 0.5)"),
]
AVERAGES = [
    Extra(
        "ema = copy.deepcopy(model)\n<<ema.eval() || ema.requires_grad_(False) || for p in ema.parameters():\n    p.requires_grad_(False) || for p in ema.parameters():\n    p.detach_()>>",
        after=[
            "with torch.no_grad():\n    for e, p in zip(ema.parameters(), model.parameters()):\n        <<e.mul_(0.9).add_(p, alpha=0.1) || e.copy_(0.9 * e + 0.1 * p) || e.lerp_(p, 0.1)>>", "for e, p in zip(ema.parameters(), model.parameters()):\n    <<e.data.mul_(0.9).add_(p.data, alpha=0.1) || e.data = 0.9 * e.data + 0.1 * p.data>>",
            "with torch.no_grad():\n    msd = model.state_dict()\n    for k, v in ema.state_dict().items():\n        if v.dtype.is_floating_point:\n            v *= 0.9\n            v += 0.1 * msd[k].detach()",
            "with torch.no_grad():\n    for e, p in zip(ema.state_dict().values(), model.state_dict().values()):\n        e.copy_(p if not e.is_floating_point() else e * 0.9 + p * 0.1)",
        ],
        end="ema.eval()\nlosses.append(ema(data(9)[0]).sum().item())", names="ema",
    ),
    Extra(
        ["shadow = {n: p.detach().clone() for n, p in model.named_parameters()}", "shadow = {}\nfor n, p in model.named_parameters():\n    if p.requires_grad:\n        shadow[n] = p.data.clone()"],
        after=["with torch.no_grad():\n    for n, p in model.named_parameters():\n        if n in shadow:\n            shadow[n].mul_(0.9).add_(p, alpha=0.1)", "for n, p in model.named_parameters():\n    if p.requires_grad and n in shadow:\n        shadow[n] = 0.9 * shadow[n] + 0.1 * p.data"],
        end=["losses += [v.sum().item() for v in shadow.values()]", "backup = {}\nfor n, p in model.named_parameters():\n    if n in shadow:\n        backup[n] = p.data.clone()\n        p.data.copy_(shadow[n])\nlosses.append(model(data(5)[0]).mean().item())\nfor n, p in model.named_parameters():\n    if n in backup:\n        p.data = backup[n]"], names="shadow",
    ),
    Extra("start = [p.detach().clone() for p in model.parameters()]", "loss = loss + 0.1 * sum((p - s).pow(2).sum() for p, s in zip(model.parameters(), start))", end="losses.append(sum((p.detach() - s).norm().item() for p, s in zip(model.parameters(), start)))", names="start"),
    Extra("average = None", after="flat = torch.cat([p.detach().reshape(-1) for p in model.parameters()])\naverage = flat if average is None else 0.5 * (average + flat)", end="losses.append(average.sum().item())", names="average"),
]
SAVED = "<<copy.deepcopy(model.state_dict()) || {k: v.clone() for k, v in model.state_dict().items()} || {k: v.detach().cpu().clone() for k, v in model.state_dict().items()}>>"
CHECKPOINTS = [
    Extra("best, best_state = float('inf'), None", after=f"if loss.item() < best:\n    best = loss.item()\n    best_state = {SAVED}", end="model.load_state_dict(best_state)\nlosses.append(best)", names="best best_state"),
    Extra("best_loss, best_model = 1e9, None", after="if float(loss) < best_loss:\n    best_loss = float(loss)\n    best_model = copy.deepcopy(model)", end="losses.append(best_model(data(2)[0]).mean().item())", names="best_loss best_model"),
    Extra(after=f"if i == 0:\n    saved = {SAVED}\n    saved_optimizer = copy.deepcopy(optimizer.state_dict())\nif i == 2:\n    model.load_state_dict(saved)\n    optimizer.load_state_dict(saved_optimizer)", before="saved = saved_optimizer = None", names="saved saved_optimizer"),
    Extra(after="if i == 1:\n    checkpoint = {'model': model.state_dict(), 'optimizer': optimizer.state_dict(), 'step': i}\n    file = io.BytesIO()\n    torch.save(checkpoint, file)\n    file.seek(0)\n    checkpoint = torch.load(file, map_location='cpu')\n    model.load_state_dict(checkpoint['model'])\n    optimizer.load_state_dict(checkpoint['optimizer'])\n    losses.append(checkpoint['step'])"),
    Extra(after="if i == 1:\n    file = io.BytesIO()\n    torch.save(model.state_dict(), file)\n    file.seek(0)\n    other = Net()\n    other.load_state_dict(torch.load(file), strict=False)\n    other.eval()\n    losses.append(other(data(1)[0]).sum().item())"),
]
PHASES = [
    Extra(after="if i == 1:\n    " + change)
    for change in ("for p in model.head.parameters():\n        p.requires_grad = False", "model.head.requires_grad_(False)", "model.eval()", "model.head.weight.data.mul_(0.5)", "with torch.no_grad():\n        model.head.bias.zero_()",
                   "for name, p in model.named_parameters():\n        p.requires_grad = <<name.startswith('head') || 'weight' in name || not name.startswith('head')>>", "nn.init.constant_(model.head.weight, 0.1)")
] + [
    Extra("for p in model.head.parameters():\n    p.requires_grad = False", after="if i == 1:\n    for p in model.head.parameters():\n        p.requires_grad = True"),
    Extra("frozen = [p for n, p in model.named_parameters() if not n.startswith('head')]\nfor p in frozen:\n    p.requires_grad_(False)", after="if i == 1:\n    for p in frozen:\n        p.requires_grad_(True)", names="frozen"),
    Extra(after="model.eval()\nwith torch.no_grad():\n    val = F.mse_loss(model(data(i + 5)[0]), data(i + 5)[1])\nmodel.train()\nlosses.append(val.item())"),
    Extra(after="for m in model.modules():\n    if isinstance(m, nn.BatchNorm1d):\n        m.<<eval() || track_running_stats = True || momentum = 0.5>>"),
    Extra(after="with torch.no_grad():\n    for p in model.parameters():\n        <<p.clamp_(-0.5, 0.5) || p.mul_(0.99) || if p.dim() == 2:\n            p.div_(p.norm(dim=1, keepdim=True).clamp(min=1.0))>>"),
    Extra(after="for p in model.parameters():\n    <<p.data.clamp_(-0.5, 0.5) || p.data *= 0.99 || p.data = p.data.clamp(-0.4, 0.4)>>"),
]
METRICS = [
    Extra("correct, count = 0, 0", after="with torch.no_grad():\n    pred = model(x).argmax(dim=1)\n    correct += (pred == y.argmax(dim=1)).sum().item()\n    count += y.size(0)", end="losses.append(correct / count)", names="correct count"),
    Extra("seen = []", after="seen.extend(model(x)<<.detach() || .data>>[:, 0].tolist())", end="losses += seen", names="seen"),
    Extra("history = {'loss': [], 'mean': []}", after="history['loss'].append(loss.<<item() || detach() || detach().clone()>>)\nhistory['mean'].append(model.head.weight.mean().item() if hasattr(model.head, 'weight') else 0.0)", end="losses += history['mean']\nlosses.append(sum(history['loss']) / len(history['loss']))", names="history"),
    Extra("total = 0.0", after="total += loss.item() * x.size(0)", end="losses.append(total / 24)", names="total"),
    Extra("smooth = None", after="smooth = loss.item() if smooth is None else 0.9 * smooth + 0.1 * loss.item()", end="losses.append(smooth)", names="smooth"),
    Extra("kept = {}", gradients="for n, p in model.named_parameters():\n    if p.grad is not None:\n        kept[n] = <<p.grad.clone() || p.grad.norm().item() || p.grad.abs().mean()>>", end="losses.append(sorted(kept))\nlosses.append(list(grads.values()))", names="grads"),
    Extra("outs = []", after="outs.append(model(x).detach())", end="losses.append(torch.cat(outs).std().item())", names="outs"),
]
HOOKS = [
    Extra("acts = {}\n\ndef hook(module, inputs, output):\n    acts['head'] = output.detach()<< || \n    return output * 0.5 || \n    return None>>\n\nhandle = model.head.register_forward_hook(hook)", after="losses.append(acts['head'].mean().item())", end="handle.remove()", names="acts handle"),
    Extra("acts = []\nhandle = model.head.register_forward_pre_hook(lambda m, inputs: <<acts.append(inputs[0].detach().mean().item()) || (inputs[0] * 2,)>>)", end="handle.remove()\nlosses.append(len(acts))", names="acts handle"),
]
STOPS = [
    Extra("lowest, bad = float('inf'), 0", after="if loss.item() < lowest - 1e-4:\n    lowest, bad = loss.item(), 0\nelse:\n    bad += 1\n    if bad >= 1:\n        break", names="lowest bad"),
    Extra(after="if torch.isnan(loss) or not math.isfinite(loss.item()):\n    break"),
]
EXTRAS = {"schedule": SCHEDULES, "gradients": GRADIENTS, "average": AVERAGES, "checkpoint": CHECKPOINTS, "phase": PHASES, "metric": METRICS, "hook": HOOKS, "stop": STOPS}
