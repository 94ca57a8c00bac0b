import mlx.nn as nn


class Plain(nn.Module):
    def __init__(self, dim):
        nn.Module.__init__(self)
        self.lin = nn.Linear(dim, dim)

    def __call__(self, x):
        return nn.gelu(self.lin(x))
