import mlx.nn as nn


def gelu(input, approximate="none"):
    """`F.gelu`, which picks its formula by a name."""
    return nn.gelu_approx(input) if approximate == "tanh" else nn.gelu(input)
