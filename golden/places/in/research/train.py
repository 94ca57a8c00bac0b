import torch

from models.net import Net
from utils import init_weights


def build():
    model = Net()
    init_weights(model)
    return model


if __name__ == "__main__":
    print(build()(torch.ones(2, 1, 5, 5)))
