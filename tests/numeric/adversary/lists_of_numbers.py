"""Lists of numbers whose types nothing tells: NumPy's, or Python's own."""
from collections import defaultdict, deque

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class Rows(Dataset):
    def __init__(self, n):
        self.values = np.linspace(0, 1, 3 * n, dtype=np.float32).reshape(n, 3)
        self.labels = np.arange(n) % 3

    def __len__(self):
        return len(self.values)

    def __getitem__(self, at):
        return self.values[at], self.labels[at]


def zipped(batch):
    values, labels = zip(*batch)
    return torch.stack([torch.from_numpy(v) for v in values]), torch.tensor(labels)


def by_position(batch):
    return torch.tensor(np.stack([b[0] for b in batch])), torch.tensor([b[1] for b in batch])


def typed(batch):
    values, labels = [v for v, _ in batch], [label for _, label in batch]
    return torch.as_tensor(values), torch.tensor(labels, dtype=torch.long)


def legacy(batch):
    values, labels = zip(*batch)
    return torch.FloatTensor(values), torch.LongTensor(labels)


# run batches()
def batches():
    return [list(DataLoader(Rows(4), batch_size=2, collate_fn=f)) for f in (zipped, by_position, typed, legacy)]


def pad_and_label(batch):
    batch = sorted(batch, key=lambda row: len(row[0]), reverse=True)
    texts, labels = zip(*batch)
    return torch.stack(texts), torch.LongTensor(labels), torch.FloatTensor(labels)


def label_rows(batch):
    texts, labels = list(zip(*batch))
    return torch.LongTensor(labels), len(texts)


# run columns(x) | x=f32[3]
def columns(x: torch.Tensor):
    return pad_and_label([(x, 1), (x * 2, 0)]), label_rows([("a", 2), ("b", 0)])


# run sizes(x) | x=f32[2,3] | check=shape
def sizes(x: torch.Tensor):
    shape = x.shape
    n, m = shape
    return torch.FloatTensor(x.shape), torch.FloatTensor(shape[:1]), torch.FloatTensor(n, m)


# run keys()
def keys():
    numbers = {c: i for i, c in enumerate(np.unique([3, 5]))}
    seen = defaultdict(set)
    for user, item in zip(np.array([0, 0, 1]), np.array([4, 2, 3])):
        seen[user].add(item)
    users = [torch.tensor([u]) for u in sorted(seen)]
    return torch.tensor(list(numbers.keys())), torch.tensor(sorted(seen[0])), torch.tensor([k for k in numbers]), users


# run of_kinds(rows) | rows=[[np.float32(0.5), np.int32(2), np.bool_(True)], [np.float32(1.5), np.int32(3), np.bool_(False)]]
def of_kinds(rows):
    return torch.tensor([r[0] for r in rows]), torch.tensor([r[1] for r in rows]), torch.tensor([r[2] for r in rows])


# run nested(rows) | rows=[[np.float32(0.5), 2.0], [np.float32(1.5), 3.0]]
def nested(rows):
    return torch.tensor([[a, b] for a, b in rows]), torch.tensor([[a] for a, _ in rows])


# run pythons(rows) | rows=[[0.5, 2], [1.5, 3]] | check=kind
def pythons(rows):
    return torch.tensor([r[0] for r in rows]), torch.tensor([r[1] for r in rows]), torch.tensor([len(r) for r in rows])


# run empties(rows) | rows=[]
def empties(rows):
    return torch.tensor([r[0] for r in rows]), torch.tensor([r[0] for r in rows], dtype=torch.long)


# run of_tensors(x) | x=f32[3]
def of_tensors(x):
    losses = [x[0] * 2, x[1]]
    return torch.tensor([loss.item() for loss in losses]), torch.tensor([float(loss) for loss in losses])


# run discounted(0.9)
def discounted(gamma):
    total, out = 0.0, deque()
    for reward in [1.0, 0.5, 2.0]:
        total = reward + gamma * total
        out.appendleft(total)
    return torch.tensor(out)
