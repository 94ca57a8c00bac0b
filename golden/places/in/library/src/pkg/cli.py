import torch.nn as nn

from pkg.model import Encoder


def count(model):
    return len([m for m in model.modules() if isinstance(m, nn.Conv1d)])


if __name__ == "__main__":
    print(count(Encoder()))
