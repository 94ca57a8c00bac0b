import mlx.nn as nn


class Arrays(nn.Module):
    """Arrays that no module holds, for what differentiates or updates a module: `torch.optim.SGD([w, b])` trains them where they are.

    A new value is written into the array itself, so that whoever else holds it sees the change, as in PyTorch.
    """

    def __init__(self, *arrays):
        super().__init__()
        self.arrays = _InPlace(arrays)


class _InPlace(list):
    def __setitem__(self, index, value):
        self[index][...] = value
