# script todo=T2M301
# Two branches whose steps differ are not one: the second optimizer finds what nobody clears for it.
import torch
import torch.nn as nn


def other_optimizer(model: nn.Module, data, warm):
    slow, fast = torch.optim.SGD(model.parameters(), lr=1e-3), torch.optim.Adam(model.parameters(), lr=1e-2)
    for x, y in data:
        slow.zero_grad()
        loss = (model(x) - y).pow(2).mean()
        if warm:
            loss.backward()
            slow.step()
        else:
            loss.backward()
            fast.step()
