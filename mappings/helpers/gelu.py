import mlx.core as mx
import mlx.nn as nn


def gelu(input, approximate="none"):
    """`F.gelu`, which picks its formula by a name, in float32 inside: MLX doubles what is float16, and has no gradient of its third power above 40."""
    wide = input.astype(mx.float32) if input.dtype == mx.float16 else input
    return (nn.gelu_approx(wide) if approximate == "tanh" else nn.gelu(wide)).astype(input.dtype)
