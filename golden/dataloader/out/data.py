import numpy as np
import mlx.core as mx
import mlx_compat as compat


class Waves(compat.Dataset):
    """Sines of different frequency. Item: (wave, class)."""

    def __init__(self, n=32, length=16, transform=None):
        self.t = mx.linspace(0, 1, length)
        self.labels = [i % 4 for i in range(n)]
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, idx):
        if isinstance(idx, mx.array):
            idx = idx.tolist()
        wave = mx.sin(2 * np.pi * (self.labels[idx] + 1) * self.t)
        if self.transform:
            wave = self.transform(wave)
        return wave, self.labels[idx]


class Ragged(compat.Dataset):
    def __init__(self, lengths):
        self.items = [mx.arange(1, n + 1) for n in lengths]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return {"ids": self.items[i], "length": len(self.items[i])}


def collate(batch):
    """Pads with zeros, and says where."""
    longest = max(b["length"] for b in batch)
    ids = mx.zeros((len(batch), longest), dtype=mx.int64)
    for row, b in enumerate(batch):
        ids[row, :b["length"]] = b["ids"]
    return {"ids": ids, "mask": ids != 0, "lengths": compat.torch_tensor([b["length"] for b in batch])}


def loaders(batch_size=8, num_workers=0):
    full = Waves(transform=lambda w: w * 0.5)
    train, val = compat.random_split(full, [24, 8], generator=compat.Generator().manual_seed(0))
    train_loader = compat.DataLoader(train, batch_size=batch_size, shuffle=True, drop_last=True)
    val_loader = compat.DataLoader(val, batch_size=batch_size, shuffle=False)
    return train_loader, val_loader


def in_order(batch_size):
    return [(x, y) for x, y in compat.DataLoader(Waves(10), batch_size=batch_size)]


def padded(lengths, batch_size):
    loader = compat.DataLoader(Ragged(lengths), batch_size=batch_size, collate_fn=collate)
    return [b for b in loader]


def from_tensors(x, y, batch_size):
    loader = compat.DataLoader(compat.TensorDataset(x, y), batch_size=batch_size)
    data_iter = iter(loader)
    first, target = next(data_iter)
    return first, target, len(loader), len(loader.dataset)
