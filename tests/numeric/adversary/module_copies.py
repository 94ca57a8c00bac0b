"""Copies of modules whose hooks are methods of their own."""
import copy

import torch
import torch.nn as nn


class Watched(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.seen = None
        self.calls = 0
        self.act = torch.tanh
        self.fc.register_forward_hook(self.keep)

    def keep(self, module, args, output):
        self.seen = output.detach()
        self.calls += 1

    def forward(self, x):
        return self.act(self.fc(x))


# run m = Watched(); copied(m, x) | model=m | x=f32[2,3]
def copied(m: nn.Module, x):
    other = copy.deepcopy(m)
    y = other(x)
    first = m.seen is None, m.calls, other.calls, other.seen
    z = m(x * 2)
    return y, first, z, m.seen, other.seen, m.calls, other.calls, sorted(other.state_dict())
