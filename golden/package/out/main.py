import sys

import mlx.core as mx
import mlx.nn as nn

import minivision
from minivision import build_model, models
from minivision.models.hybrid import HybridNet as Net


def run(names):
    x = mx.zeros((1, 3, 16, 16))
    for name in names:
        net: nn.Module = build_model(name, num_classes=5).eval()
        print(f"{name:10s} {minivision.count_params(net):6d} parameters, output {tuple(net(x).shape)}")
    return Net, models.ConvNet


if __name__ == "__main__":
    run(sys.argv[1:] or minivision.list_models())
