"""A file that imports a part of PyTorch alone, and whose own optimizer stays PyTorch's: it is imported all the same."""

import torch.optim


class Own(torch.optim.Adam):
    def step(self, closure=None):
        for group in self.param_groups:
            for point in group["params"]:
                point.data.add_(point.grad, alpha=-group["lr"])


# run total([1, 2, 3])
def total(numbers):
    return sum(numbers)
