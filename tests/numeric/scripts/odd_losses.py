# script model=model | xs=f32[10,6,4] | ys=f32[10,6,2] | train=10
import torch
import torch.nn as nn
import torch.nn.functional as F


class Charbonnier(nn.Module):
    def __init__(self, eps=1e-3):
        super().__init__()
        self.eps = eps

    def forward(self, x, y):
        return torch.mean(torch.sqrt((x - y) ** 2 + self.eps ** 2))


def quantile_loss(pred, target, quantiles=(0.1, 0.5, 0.9)):
    losses = []
    for i, q in enumerate(quantiles):
        errors = target - pred[:, i:i + 1]
        losses.append(torch.max((q - 1) * errors, q * errors).unsqueeze(1))
    return torch.mean(torch.sum(torch.cat(losses, dim=1), dim=1))


def gaussian_nll(mu, log_sigma, y):
    sigma = log_sigma.exp()
    return (0.5 * ((y - mu) / sigma) ** 2 + log_sigma).mean()


def ccc(x: torch.Tensor, y: torch.Tensor):
    vx, vy = x - x.mean(), y - y.mean()
    rho = (vx * vy).sum() / (torch.sqrt((vx ** 2).sum()) * torch.sqrt((vy ** 2).sum()) + 1e-8)
    return 1 - 2 * rho * x.std() * y.std() / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)


def off_diagonal(x):
    n, m = x.shape
    assert n == m
    return x.flatten()[:-1].view(n - 1, n + 1)[:, 1:].flatten()


def vicreg(x, y):
    std_x = torch.sqrt(x.var(dim=0) + 0.0001)
    std = torch.mean(F.relu(1 - std_x))
    x = x - x.mean(dim=0)
    cov = (x.T @ x) / (x.shape[0] - 1)
    return F.mse_loss(x, y) + std + off_diagonal(cov).pow(2).sum().div(x.shape[1])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 8)
        self.mu = nn.Linear(8, 2)
        self.log_sigma = nn.Parameter(torch.zeros(2))
        self.q = nn.Linear(8, 3)

    def forward(self, x):
        h = torch.tanh(self.fc(x))
        return self.mu(h), self.q(h)


model = Net()
char = Charbonnier()
optimizer = torch.optim.NAdam(model.parameters(), lr=0.01)
losses = []
for x, y in zip(xs, ys):
    mu, q = model(x)
    loss = char(mu, y) + quantile_loss(q, y[:, :1]) + gaussian_nll(mu, model.log_sigma, y)
    loss += 0.1 * ccc(mu[:, 0], y[:, 0]) + 0.1 * vicreg(mu, y)
    loss += F.cosine_embedding_loss(mu, y, torch.ones(6)) + F.poisson_nll_loss(q, y[:, :1].abs().expand(-1, 3))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

losses, model
