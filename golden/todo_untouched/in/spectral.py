"""Functions that MLX has no counterpart for, beside ones that it has."""
import torch
import torch.nn as nn


class Spectrogram(nn.Module):
    def __init__(self, n_fft=16, hop=4):
        super().__init__()
        self.n_fft = n_fft
        self.hop = hop
        self.register_buffer("window", torch.hann_window(n_fft))
        self.scale = nn.Linear(n_fft // 2 + 1, 4)

    def forward(self, wav):
        spec = torch.stft(wav, self.n_fft, self.hop, window=self.window, center=True, return_complex=True)
        power = spec.abs().pow(2).transpose(1, 2)
        return self.scale(torch.log1p(power))

    def classify(self, power):
        # this half is plain
        return self.scale(torch.log1p(power.clamp(min=0))).softmax(dim=-1)


def graph_conv(indices, values, size, x):
    adj = torch.sparse_coo_tensor(indices, values, size)
    return torch.sparse.mm(adj, x)


def dense_graph_conv(adj, x):
    return torch.matmul(adj, x).relu()


@torch.jit.script
def scripted(x: torch.Tensor) -> torch.Tensor:
    return torch.sigmoid(x) * x


def unscripted(x):
    if torch.jit.is_scripting():
        return x
    return torch.sigmoid(x) * x
