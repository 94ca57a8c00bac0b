"""Functions that MLX has no counterpart for, beside ones that it has."""
import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat
from mlx_compat import unported as torch


class Spectrogram(nn.Module):
    def __init__(self, n_fft=16, hop=4):
        super().__init__()
        self.n_fft = n_fft
        self.hop = hop
        compat.register_buffer(self, "window", mx.hanning(n_fft + 1)[:-1])
        self.scale = nn.Linear(n_fft // 2 + 1, 4)

    def __call__(self, wav):
        spec = compat.stft(wav, self.n_fft, hop_length=self.hop, window=self.window, center=True, return_complex=True)
        power = (spec.abs() ** 2).swapaxes(1, 2)
        return self.scale(mx.log1p(power))

    def classify(self, power):
        # this half is plain
        return mx.softmax(self.scale(mx.log1p(mx.clip(power, 0, None))), axis=-1, precise=True)


def graph_conv(indices, values, size, x):
    # TODO(torch2mlx): T2M108 `torch.sparse_coo_tensor`: MLX has no sparse arrays: use dense ones, or index arrays with .at[].add
    adj = torch.sparse_coo_tensor(indices, values, size)
    # TODO(torch2mlx): T2M108 `torch.sparse.mm`: MLX has no sparse arrays: use dense ones, or index arrays with .at[].add
    return torch.sparse.mm(adj, x)


def dense_graph_conv(adj, x):
    return nn.relu(adj @ x)


def scripted(x: mx.array) -> mx.array:
    return mx.sigmoid(x) * x


def unscripted(x):
    return mx.sigmoid(x) * x
