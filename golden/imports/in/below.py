"""Imports where they are needed: below a class that needs others."""

import torch
from torch.utils.data import Dataset


class Squares(Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, i):
        return torch.full((2,), float(i * i))


from torch.utils.data import DataLoader
import torch.nn as nn

loss = nn.MSELoss()


def total(x):
    return sum(loss(batch, x) for batch in DataLoader(Squares(), batch_size=2))
