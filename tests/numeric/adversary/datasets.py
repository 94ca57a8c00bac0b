import itertools

import torch
from torch.utils.data import ConcatDataset, Dataset, Subset, TensorDataset


class Points(Dataset):
    def __init__(self, n=5):
        self.x = torch.arange(n * 2.0).view(n, 2)
        self.y = torch.arange(n)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class Windows(Points):
    def __len__(self):
        return len(self.x) - 1

    def __getitem__(self, i):
        if i >= len(self):
            raise IndexError(i)
        return self.x[i : i + 2].sum()


class Endless(Dataset):
    def __getitem__(self, i):
        return torch.tensor([float(i)])


class Listed(Dataset):
    def __init__(self):
        self.items = [torch.ones(2), torch.zeros(2)]

    def __getitem__(self, i):
        return self.items[i]


# run loop()
def loop():
    total, seen = 0.0, 0
    for x, y in Points():
        total = total + (x.sum() * y)
        seen += 1
    return total, seen


# run listed()
def listed():
    ds = list(Points(3))
    first, *rest = Windows()
    return torch.stack([x for x, _ in ds]), first, torch.stack(rest)


# run numbered()
def numbered():
    out = []
    for i, (x, y) in enumerate(Points(3)):
        out.append(x * i + y)
    for a, (b, _) in zip(itertools.count(), Points(2)):
        out.append(a * b)
    return torch.stack(out)


# run of_tensors()
def of_tensors():
    ds = TensorDataset(torch.arange(6.0).view(3, 2), torch.arange(3))
    xs = torch.stack([x for x, y in ds])
    ys = [int(y) for _, y in ConcatDataset([ds, Subset(ds, [2, 0])])]
    count = 0
    while True:
        try:
            ds[count]
        except IndexError:
            break
        count += 1
    return xs, ys, count, ds[-1][0], len(ds[1:][0])


# run without_length()
def without_length():
    return [float(x) for x in itertools.islice(Endless(), 4)], torch.stack(list(Listed()))
