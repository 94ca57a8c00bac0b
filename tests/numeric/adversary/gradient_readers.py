"""What reads gradients between `backward` and `step`: ratios of gradients and weights, and the order in which a model has its parameters."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(5, 4)
        self.fc = nn.Linear(4, 2)
        self.scale = nn.Parameter(torch.ones(1))
        self.fixed = nn.Parameter(torch.ones(4), requires_grad=False)

    def forward(self, x):
        return self.fc(torch.tanh(self.emb(x)).mean(1) * self.fixed) * self.scale


def filled():
    model = Net()
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.linspace(-0.5, 0.6, p.numel()).view_as(p))
    return model


def ratios(model):
    return [((p.grad.norm() / (p.norm() + 1)).item(), n) for n, p in model.named_parameters() if p.grad is not None]


# run watched(2)
def watched(steps):
    model = filled()
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    x, y = torch.tensor([[0, 1], [2, 3]]), torch.tensor([0, 1])
    seen = []
    for _ in range(steps):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        for name, p in model.named_parameters():
            if p.requires_grad:
                seen.append((name, p.data.sum().item(), p.grad.sum().item()))
        seen.extend(ratios(model))
        names = []
        for name, p in model.named_parameters():
            if p.grad is not None:
                names.append(name)
        for p in model.parameters():
            if p.grad is None:
                continue
            p.grad.add_(0.01 * p.data)
        opt.step()
    return seen, names, list(model.state_dict().values())
