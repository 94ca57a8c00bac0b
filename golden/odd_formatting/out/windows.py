"""A file with Windows line ends."""
import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat


class Gate(nn.Module):
    """Two lines of
    docstring: .forward(x) is not touched here, nor torch.cat."""

    def __init__(self, dim):
        super().__init__()
        self.fc = nn.Linear(dim,
                            2 * dim)  # value and gate

    def __call__(self, x):
        # split along the last axis
        v, g = compat.chunk(self.fc(x), 2, dim=-1)

        text = """one
two"""
        assert text.count("\n") == 1

        return v * mx.sigmoid(g)   # gated


def halves(x):
    # nothing to record
    a = x.shape[0] // 2

    # a comment of its own, before the slice
    return compat.stop_gradient((x[:a].reshape(-1), \
        mx.concatenate([x[a:],
                   x[:a]], axis=0)))
