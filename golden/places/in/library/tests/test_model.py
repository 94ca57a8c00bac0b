import torch.nn as nn

from pkg import Encoder


def has_conv():
    return any(isinstance(m, nn.Conv1d) for m in Encoder().modules())
