"""Imports where they are needed: below a class that needs others."""

import mlx.core as mx
import mlx_compat as compat


class Squares(compat.Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, i):
        return mx.full((2,), float(i * i))


loss = compat.MSELoss()


def total(x):
    return sum(loss(batch, x) for batch in compat.DataLoader(Squares(), batch_size=2))
