import mlx.nn as nn
from mlx_compat import unported as torch


class Plain(nn.Module):
    def __init__(self, dim):
        # TODO(torch2mlx): T2M101 `torch.nn.Module.__init__` has no MLX counterpart in the tables
        nn.Module.__init__(self)
        self.lin = nn.Linear(dim, dim)

    def __call__(self, x):
        return nn.gelu(self.lin(x))
