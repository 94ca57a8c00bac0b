"""Forms of training steps: clipping behind each of several passes, losses of one element, criteria in dictionaries, gradients of one part scaled."""
import torch
import torch.nn as nn
import torch.nn.functional as F


# run m = nn.Linear(3, 2); clipped_each_pass(m, x, y) | model=m | x=f32[10,3] | y=i64[10] < 2 | tol=1e-4
def clipped_each_pass(model, x, y, accumulation_steps=2):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2.0, gamma=0.5)
    model.zero_grad()
    losses = []
    for step in range(10):
        loss = F.cross_entropy(model(x[step:step + 1]), y[step:step + 1])
        if accumulation_steps > 1:
            loss = loss / accumulation_steps
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.2)
        losses.append(loss.item())
        if (step + 1) % accumulation_steps == 0:
            optimizer.step()
            scheduler.step()
            model.zero_grad()
    return losses, list(model.parameters())


# run m = nn.Linear(3, 2); clipped_by_value(m, x) | model=m | x=f32[6,3] | tol=1e-4
def clipped_by_value(model, x):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    optimizer.zero_grad()
    for i in range(6):
        loss = model(x[i]).pow(2).sum()
        loss.backward()
        nn.utils.clip_grad_value_(model.parameters(), 0.3)
        if i % 3 == 2:
            optimizer.step()
            optimizer.zero_grad()
    return list(model.parameters())


# run m = nn.Linear(3, 1); squared_output(m, x) | model=m | x=f32[4,3] | tol=1e-4
def squared_output(model, x):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for row in x:
        out = model(row)
        loss = (out - 1) ** 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return list(model.parameters())


# run m = nn.Sequential(nn.Linear(3, 2), nn.Tanh(), nn.Linear(2, 1)); plain_output(m, x) | model=m | x=f32[4,3] | tol=1e-4
def plain_output(model: nn.Sequential, x):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for i in range(4):
        loss = model(x[i:i + 1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return list(model.parameters())


class CenterLoss(nn.Module):
    def __init__(self):
        super().__init__()
        self.centers = nn.Parameter(torch.ones(2, 3))

    def forward(self, x, y):
        return ((x - self.centers[y]) ** 2).sum() / x.shape[0]


# run m = nn.Linear(3, 3); centers(m, x, y) | model=m | x=f32[6,3] | y=i64[6] < 2 | tol=1e-4
def centers(model, x, y):
    center, weight = CenterLoss(), 0.05
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    optimizer_center = torch.optim.SGD(center.parameters(), lr=0.5)
    for _ in range(3):
        h = model(x)
        loss = F.cross_entropy(h, y) + weight * center(h, y)
        optimizer.zero_grad()
        optimizer_center.zero_grad()
        loss.backward()
        optimizer.step()
        for p in center.parameters():
            p.grad.data *= (1. / weight)
        optimizer_center.step()
    return list(model.parameters()), list(center.parameters())


# run m = nn.Linear(3, 3); centers_by_key(m, x, y) | model=m | x=f32[6,3] | y=i64[6] < 2 | todo
def centers_by_key(model, x, y):
    criteria = {"center": CenterLoss(), "class": nn.CrossEntropyLoss()}
    optimizer = torch.optim.SGD(list(model.parameters()) + list(criteria["center"].parameters()), lr=0.1)
    for _ in range(3):
        h = model(x)
        loss = criteria["class"](h, y) + 0.1 * criteria["center"](h, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return list(model.parameters())


# run d = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1)); wasserstein(d, x, z) | model=d | x=f32[6,3] | z=f32[6,2] | tol=1e-4
def wasserstein(critic: nn.Sequential, x, z):
    generator = nn.Linear(2, 3)
    with torch.no_grad():
        generator.weight.fill_(0.3)
        generator.bias.fill_(0.1)
    optimizer_d = torch.optim.RMSprop(critic.parameters(), lr=0.01)
    optimizer_g = torch.optim.RMSprop(generator.parameters(), lr=0.01)
    one = torch.FloatTensor([1])
    mone = one * -1
    seen = []
    for _ in range(2):
        for p in critic.parameters():
            p.requires_grad = True
        for _ in range(2):
            for p in critic.parameters():
                p.data.clamp_(-0.5, 0.5)
            critic.zero_grad()
            real = critic(x).mean(0).view(1)
            real.backward(one)
            fake = generator(z).detach()
            made = critic(fake).mean(0).view(1)
            made.backward(mone)
            optimizer_d.step()
            seen.append((real - made).item())
        for p in critic.parameters():
            p.requires_grad = False
        generator.zero_grad()
        loss = critic(generator(z)).mean(0).view(1)
        loss.backward(one)
        optimizer_g.step()
        seen.append(loss.item())
    return seen, list(critic.parameters()), list(generator.parameters())


# run m = nn.Linear(3, 2); weighted(m, x) | model=m | x=f32[6,3] | tol=1e-4
def weighted(model, x):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(2):
        y = model(x)
        optimizer.zero_grad()
        y.backward(gradient=torch.ones_like(y))
        optimizer.step()
    return y, list(model.parameters())
