"""Recurrent layers by the names of their weights, sizes that are computed, and new tensors like the data of others."""

import torch
import torch.nn as nn


# run m = Forgetful(); m(x), [names for names in m.lstm._all_weights], [len(w) for w in m.lstm.all_weights] | model=m | x=f32[2,3,3]
class Forgetful(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, 2)
        for names in self.lstm._all_weights:
            for name in filter(lambda n: "bias" in n, names):
                bias = getattr(self.lstm, name)
                n = bias.size(0)
                bias.data[n // 4 : n // 2].fill_(1.0)

    def forward(self, x):
        return self.lstm(x)[0]


# run biases() | check=kind
def biases():
    m = Forgetful()
    return [getattr(m.lstm, name)[4:8] for names in m.lstm._all_weights for name in names if "bias" in name]


# run counted(i, x, (2, 3)) | i=i64[7] < 4 | x=f32[7]
def counted(i, x, shape):
    s = torch.zeros(i.max() + 1)
    s.index_add_(0, i, x)
    return s, torch.ones(len(x) // 2), torch.zeros(shape), torch.ones(shape[0] + 1), torch.zeros(shape + (1,))


# run alike(x) | x=f32[2,3]
def alike(x: torch.Tensor):
    return x.data.new(2, 4).zero_(), x.data.new_zeros(3), x.data.new_tensor([1, 2]), x.data * 2
