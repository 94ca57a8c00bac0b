# Tensors without any shape among what `torch.cat` joins, in attributes, dictionaries and lists that are filled later.
import torch


class Rows:
    def __init__(self):
        self.rows = []
        self.others = []

    def fill(self, x):
        self.rows.append(torch.tensor([]))
        self.rows.append(x)
        self.others.append(x)
        return torch.cat(self.rows), torch.cat(self.others)


# run Rows().fill(x) | x=f32[2,3]


# run in_places(x) | x=f32[2,3]
def in_places(x):
    parts = {}
    parts["a"] = torch.tensor([])
    listed = [torch.tensor([]) for _ in range(2)]
    listed[1] = x
    return torch.cat([parts["a"], x]), torch.cat(listed)
