"""Legacy constructors share the memory of a NumPy array of their dtype."""

import numpy as np
import torch


# run written_tensor(x) | x=f32[3,2] | todo
def written_tensor(x):
    rows = np.ones((3, 2), dtype=np.float32)
    t = torch.Tensor(rows)
    t[0] = 5
    return torch.from_numpy(rows) + x


# run written_array(x) | x=f32[2] | todo
def written_array(x):
    rows = np.ones(2, dtype=np.float32)
    t = torch.FloatTensor(rows)
    rows[1] = 7
    return t + x


# run epochs() | todo
class Masks(torch.utils.data.Dataset):
    def __init__(self):
        self.masks = [np.arange(6).reshape(2, 3) for _ in range(2)]

    def __getitem__(self, i):
        mask = torch.LongTensor(self.masks[i])
        mask[mask == 2] = 255
        mask[0] += 1
        return mask

    def __len__(self):
        return 2


def epochs():
    masks = Masks()
    return torch.stack([masks[i] for _ in range(3) for i in range(2)])


# run of_a_list(x) | x=f32[2]
def of_a_list(x):
    sizes = [1, 2]
    t = torch.LongTensor(sizes)
    t[0] = 5
    return t, sizes, x


# run own_array(x) | x=f32[3]
def own_array(x):
    t = torch.FloatTensor(np.zeros(3, dtype=np.float32))
    t += x
    return t


# run only_read(x) | x=f32[2]
def only_read(x):
    rows = np.ones(2, dtype=np.float32)
    t = torch.Tensor(rows)
    return t * 2 + x, rows.sum()
