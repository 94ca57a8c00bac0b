from mlx.core import array as Tensor
import mlx.nn as nn
import mlx.core as mx
from . import mlx_compat as compat

cat = compat.torch_cat
float32 = mx.float32
