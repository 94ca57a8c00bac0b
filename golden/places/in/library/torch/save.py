import torch


def total(x: torch.Tensor):
    return torch.sum(x, dim=0)
