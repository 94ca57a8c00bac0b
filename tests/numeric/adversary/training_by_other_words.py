"""Training as people write it: losses of one element that methods hand on and closures that add their parts up again."""
import torch
import torch.nn as nn


class Chain(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.tensor([0.5, -0.25, 1.0]))

    def score(self, x):
        s = torch.zeros(1)
        for i in range(3):
            s = s + self.w[i] * x[i]
        return s

    def gap(self, x):
        return self.w.sum() ** 2 - self.score(x)

    def nll(self, x):
        return self.gap(x)

    def squares(self, x):
        total = self.w.pow(2).sum()
        return total + x.sum()


# run one_element(x) | x=f32[2,3]
def one_element(x):
    """The loss has the shape (1,), through three methods."""
    m = Chain()
    opt = torch.optim.SGD(m.parameters(), lr=0.01)
    out = []
    for row in x:
        loss = m.nll(row)
        opt.zero_grad()
        loss.backward()
        opt.step()
        out.append(loss.item())
    return out, m.w.detach()


# run one_element_by_name(x) | x=f32[2,3]
def one_element_by_name(x):
    m = Chain()
    opt = torch.optim.SGD(m.parameters(), lr=0.01)
    for row in x:
        opt.zero_grad()
        gap = m.gap(row)
        loss = gap
        loss.backward()
        opt.step()
    return m.w.detach()


# run scalar(x) | x=f32[2,3]
def scalar(x):
    m = Chain()
    opt = torch.optim.SGD(m.parameters(), lr=0.01)
    for row in x:
        loss = m.squares(row)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return m.w.detach()


# run fitted() | tol=1e-3 | weights=own
def fitted():
    img = torch.tensor([0.2, 0.9])
    img.requires_grad_(True)
    opt = torch.optim.LBFGS([img])
    run = [0]
    while run[0] <= 20:
        def closure():
            with torch.no_grad():
                img.clamp_(0, 1)
            opt.zero_grad()
            style = (img - 0.5).pow(2).sum()
            content = img.pow(4).sum()
            style *= 2.0
            loss = style + content
            loss.backward()
            run[0] += 1
            if run[0] % 10 == 0:
                print(style.item(), content.item())
            return style + content
        opt.step(closure)
    return img.detach()


# run fitted_by_steps(x) | x=f32[3] | weights=own
def fitted_by_steps(x):
    w = torch.zeros(3, requires_grad=True)
    opt = torch.optim.SGD([w], lr=0.1)
    values = []

    def closure():
        opt.zero_grad()
        a = (w - x).pow(2).sum()
        b = w.abs().sum() + w.sum()
        loss = a + 0.5 * b
        loss.backward()
        return a + 0.5 * b

    for _ in range(3):
        value = opt.step(closure)
        values.append(value.item())
    return w.detach(), values


# run fitted_to_another(x) | x=f32[3] | todo
def fitted_to_another(x):
    """What the closure returns is no longer the loss."""
    w = torch.zeros(3, requires_grad=True)
    opt = torch.optim.SGD([w], lr=0.1)
    values = []

    def closure():
        opt.zero_grad()
        a = (w - x).pow(2).sum()
        b = w.abs().sum() + w.sum()
        loss = a + b
        loss.backward()
        a = a * 2
        return a + b

    for _ in range(3):
        value = opt.step(closure)
        values.append(value.item())
    return w.detach(), values
