import torch.nn.functional as F
from torch.nn import L1Loss, SmoothL1Loss  # chosen by their names


def nll(output, target):
    return F.nll_loss(output, target)
