"""A file with Windows line ends."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Gate(nn.Module):
    """Two lines of
    docstring: .forward(x) is not touched here, nor torch.cat."""

    def __init__(self, dim):
        super().__init__()
        self.fc = nn.Linear(dim,
                            2 * dim)  # value and gate

    def forward(self, x):
        # split along the last axis
        v, g = self.fc(x).chunk(2,
                                dim=-1)

        text = """one
two"""
        assert text.count("\n") == 1

        return v * torch.sigmoid(g)   # gated


def halves(x):
    with torch.no_grad():  # nothing to record
        a = x.size(0) // 2

        # a comment of its own, before the slice
        return x[:a].view(-1), \
            torch.cat([x[a:],
                       x[:a]], dim=0)
