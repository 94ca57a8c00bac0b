"""The smallest convolution. Also a script: python src/pkg/ops/conv.py"""
import torch.nn as nn


def conv(width):
    return nn.Conv1d(1, width, 3)


if __name__ == "__main__":
    layer = conv(3)
    print(layer.weight.shape)
