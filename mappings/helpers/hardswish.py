import mlx.core as mx
import mlx.nn as nn


def hardswish(input):
    """`F.hardswish`, in float32 inside: MLX multiplies what is float16 by up to six first."""
    wide = input.astype(mx.float32) if input.dtype == mx.float16 else input
    return nn.hardswish(wide).astype(input.dtype)
