from torch import Tensor, nn as nn
import torch as th

cat = th.cat
float32 = th.float32
