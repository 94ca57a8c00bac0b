import mlx.core as mx
import numpy as np


def host_array(input):
    """A NumPy copy. Evaluates first, because `np.array` hides evaluation errors; bfloat16, which NumPy lacks, becomes float32."""
    mx.eval(input)
    return np.array(input.astype(mx.float32) if input.dtype == mx.bfloat16 else input)
