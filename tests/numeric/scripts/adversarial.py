# script model=model | xs=f32[10,6,4] | ys=i64[10,6]<3 | tol=1e-4
import torch
import torch.nn as nn
import torch.nn.functional as F

model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)


def fgsm_attack(image, epsilon, data_grad):
    sign_data_grad = data_grad.sign()
    perturbed_image = image + epsilon * sign_data_grad
    return torch.clamp(perturbed_image, -3, 3)


def attack(model, data, target, epsilon):
    data = data.clone().detach()
    data.requires_grad = True
    output = model(data)
    loss = F.cross_entropy(output, target)
    model.zero_grad()
    loss.backward()
    data_grad = data.grad.data
    return fgsm_attack(data, epsilon, data_grad)


def pgd(model, x, y, eps, alpha, steps):
    x_adv = x.detach().clone()
    for _ in range(steps):
        x_adv.requires_grad_(True)
        with torch.enable_grad():
            loss = F.cross_entropy(model(x_adv), y)
        grad = torch.autograd.grad(loss, x_adv)[0]
        x_adv = x_adv.detach() + alpha * torch.sign(grad.detach())
        x_adv = torch.min(torch.max(x_adv, x - eps), x + eps)
    return x_adv


out = []
for x, y in zip(xs, ys):
    adv = pgd(model, x, y, 0.3, 0.1, 3)
    optimizer.zero_grad()
    loss = F.cross_entropy(model(adv), y) + F.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    out.append(loss.item())
advs = attack(model, xs[0], ys[0], 0.1)
out, advs, model
