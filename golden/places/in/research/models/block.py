"""Can be tried by itself: python models/block.py"""
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv1d(dim, dim, 3, padding=1)

    def forward(self, x):
        return x + self.conv(x)


if __name__ == "__main__":
    shape = Block(2)(torch.zeros(1, 2, 5)).shape
