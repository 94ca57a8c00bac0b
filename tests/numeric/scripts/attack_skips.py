# script model=model | xs=f32[12,1,4] | ys=i64[12,1]<3 | tol=1e-4
import torch
import torch.nn as nn
import torch.nn.functional as F

model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3), nn.LogSoftmax(dim=1))
criterion = nn.NLLLoss()


def fgsm_attack(image, epsilon, data_grad):
    return torch.clamp(image + epsilon * data_grad.sign(), -2, 2)


def test(model, device, test_loader, epsilon):
    correct = 0
    adv_examples = []
    for data, target in test_loader:
        data, target = data.to(device), target.to(device)
        # Important for the attack
        data.requires_grad = True
        output = model(data)
        init_pred = output.max(1, keepdim=True)[1]  # the index of the largest value
        # A wrong prediction needs no attack
        if init_pred.item() != target.item():
            continue
        # The loss of this image
        loss = F.nll_loss(output, target)
        model.zero_grad()
        # Backward pass
        loss.backward()
        data_grad = data.grad.data
        perturbed_data = fgsm_attack(data, epsilon, data_grad)
        output = model(perturbed_data)
        final_pred = output.max(1, keepdim=True)[1]
        if final_pred.item() == target.item():
            correct += 1
        adv_examples.append((init_pred.item(), final_pred.item(), perturbed_data.squeeze().detach().cpu().numpy()))
    return correct, adv_examples


def attack(x, y, eps=0.2):
    x = x.clone().detach().requires_grad_(True)
    logits = model(x)
    if (logits.argmax(dim=1) != y).any():
        return x.detach(), False
    loss = criterion(logits, y)
    loss.backward()
    return (x + eps * x.grad.sign()).detach(), True


def pgd(x, y, eps=0.5, alpha=0.1, steps=6):
    adv = x.clone().detach()
    losses = []
    for i in range(steps):
        adv = adv.clone().detach()
        adv.requires_grad = True
        logits = model(adv)
        loss = F.nll_loss(logits, y)
        if logits.argmax(1).ne(y).all():
            break
        model.zero_grad()
        loss.backward()
        losses.append(loss.item())
        adv = adv + alpha * adv.grad.sign()
        adv = torch.max(torch.min(adv, x + eps), x - eps)
    return adv.detach(), losses


def fit(x, steps=30, tol=0.5):
    w = torch.ones(4, requires_grad=True)
    for i in range(steps):
        loss = ((x @ w) ** 2).mean()
        if loss.item() < tol:
            break
        loss.backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
            w.grad.zero_()
    return w.detach(), i, loss.item()


def saliency(batches):
    maps, skipped = [], 0
    for x, y in batches:
        x = x.clone().requires_grad_()
        if y.item() == 2:
            skipped += 1
            continue
        scores = model(x)
        conf, idx = scores.max(1)
        if conf.item() < -1.2:
            skipped += 1
            continue
        loss = F.nll_loss(scores, idx)
        if loss.item() > 1.1:
            continue
        model.zero_grad()
        loss.backward()
        maps.append((x.grad.abs().max().item(), loss.item()))
    return maps, skipped


results = [test(model, 'cpu', list(zip(xs, ys)), eps) for eps in [0, 0.1, 0.3]]
advs = [attack(x, y) for x, y in zip(xs, ys)]
walks = [pgd(x, y) for x, y in zip(xs, ys)]
results, advs, walks, fit(xs[:, 0]), saliency(list(zip(xs, ys)))
