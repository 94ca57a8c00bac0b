"""`optimizer.step(closure)` as people write it: fits by LBFGS, arrays of no model, physics losses, two stages, plain optimizers; steps without a loop."""
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim


def filled(module):
    with torch.no_grad():
        for i, p in enumerate(module.parameters()):
            p.copy_(torch.linspace(-0.4, 0.6, p.numel()).view_as(p) * (1 + i % 2))
    return module


# run rosenbrock() | tol=1e-3 | weights=own
def rosenbrock():
    x = torch.tensor([-1.2, 1.0], requires_grad=True)
    optimizer = optim.LBFGS([x], lr=1, max_iter=4, line_search_fn="strong_wolfe")
    values = []

    def closure():
        optimizer.zero_grad()
        loss = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
        loss.backward()
        values.append(loss.item())
        return loss

    for _ in range(2):
        optimizer.step(closure)
    return values, x.detach()


# run temperature(logits, labels) | logits=f32[12,3] | labels=i64[12] < 3 | tol=1e-4 | weights=own
def temperature(logits, labels):
    """Calibration by one number."""
    scale = nn.Parameter(torch.ones(1) * 1.5)
    nll = nn.CrossEntropyLoss()
    optimizer = optim.LBFGS([scale], lr=0.01, max_iter=10)

    def eval_closure():
        optimizer.zero_grad()
        loss = nll(logits / scale.unsqueeze(1).expand(logits.size(0), logits.size(1)), labels)
        loss.backward()
        return loss

    optimizer.step(eval_closure)
    return scale.item()


class PINN(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(1, 6), nn.Tanh(), nn.Linear(6, 1))

    def forward(self, x):
        return self.net(x)


class Solver:
    """u' = -u, u(0) = 1, first by Adam, then by LBFGS."""

    def __init__(self, points):
        self.model = filled(PINN())
        self.x = points
        self.x0 = torch.zeros(1, 1)
        self.adam = torch.optim.Adam(self.model.parameters(), lr=1e-2)
        self.optimizer = torch.optim.LBFGS(
            self.model.parameters(), lr=1.0, max_iter=3, max_eval=20, history_size=10, tolerance_grad=1e-9, line_search_fn="strong_wolfe"
        )
        self.history = []

    def losses(self):
        x = self.x.clone().requires_grad_(True)
        u = self.model(x)
        u_x = torch.autograd.grad(u, x, grad_outputs=torch.ones_like(u), create_graph=True)[0]
        return ((u_x + self.model(self.x)) ** 2).mean() + ((self.model(self.x0) - 1) ** 2).mean()

    def physics_closure(self):
        self.optimizer.zero_grad()
        loss = self.losses()
        loss.backward()
        self.history.append(loss.item())
        return loss

    def train(self):
        self.model.train()
        for _ in range(3):
            self.adam.zero_grad()
            loss = self.losses()
            loss.backward()
            self.adam.step()
            self.history.append(loss.item())
        self.optimizer.step(self.physics_closure)
        return self.history[:6]


# run solve(x) | x=f32[8,1] | tol=1e-3
def solve(x):
    return Solver(x).train()


# run by_sgd(xs, ys) | xs=f32[5,6,3] | ys=i64[5,6] < 2 | tol=1e-4
def by_sgd(xs, ys):
    model = filled(nn.Linear(3, 2))
    opt = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    seen, total = 0, 0.0
    for inputs, targets in zip(xs, ys):
        def closure():
            nonlocal seen
            opt.zero_grad()
            outputs = model(inputs)
            loss = F.cross_entropy(outputs, targets)
            loss.backward()
            seen += (outputs.argmax(1) == targets).sum().item()
            return loss

        loss = opt.step(closure)
        total += loss.item()
    return total, seen, model.weight.detach(), model.bias.detach()


# run frozen(x, y) | x=f32[6,3] | y=f32[6,2] | tol=1e-3
def frozen(x, y):
    net = nn.Sequential(filled(nn.Linear(3, 4)), nn.Tanh(), filled(nn.Linear(4, 2)))
    for p in net[0].parameters():
        p.requires_grad = False
    opt = optim.LBFGS(filter(lambda p: p.requires_grad, net.parameters()), lr=0.5, max_iter=5)

    def closure():
        opt.zero_grad()
        loss = F.mse_loss(net(x), y)
        loss.backward()
        return loss

    first = opt.step(closure)
    return first.item(), F.mse_loss(net(x), y).item(), net[0].weight.detach()


# run two_models(x, y) | x=f32[6,3] | y=f32[6,2] | tol=1e-3 | weights=own
def two_models(x, y):
    enc, dec = filled(nn.Linear(3, 4)), filled(nn.Linear(4, 2))
    opt = optim.LBFGS(list(enc.parameters()) + list(dec.parameters()), lr=0.1, max_iter=4)
    out = []
    for epoch in range(2):
        def closure():
            opt.zero_grad()
            loss = F.mse_loss(dec(torch.tanh(enc(x))), y)
            loss.backward()
            return loss
        out.append(opt.step(closure).item())
    return out, dec.weight.detach()


def refill(module, value):
    with torch.no_grad():
        for p in module.parameters():
            p.fill_(value)


# run two_steps(x) | x=f32[6,3] | tol=1e-4
def two_steps(x):
    """No loop: what fills the weights stands between the steps."""
    net = nn.Linear(3, 2)
    refill(net, 0.1)
    opt = optim.SGD(net.parameters(), lr=0.1)
    loss = net(x).abs().mean()
    loss.backward()
    opt.step()
    first = loss.item()
    opt.zero_grad()
    refill(net, 0.2)
    loss = net(x).pow(2).mean()
    loss.backward()
    opt.step()
    return first, loss.item(), net.weight.detach(), net.bias.detach()


# run view_of_closure(x) | x=f32[3,2] | todo
def view_of_closure(x: torch.Tensor):
    def first():
        return x[0]

    row = first()
    row += 1
    return x


# run fresh_of_closure(x) | x=f32[3,2]
def fresh_of_closure(x: torch.Tensor):
    def first():
        return x[0] * 2

    row = first()
    row += 1
    return x, row
