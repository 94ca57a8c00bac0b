from mlx.core import array as Tensor
import mlx.nn as nn
import mlx.core as mx
from .mlx_compat import unported as torch

# TODO(torch2mlx): T2M101 `torch.cat` has no MLX counterpart in the tables
cat = torch.cat
float32 = mx.float32
