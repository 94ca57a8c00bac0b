import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat


class LSTMTagger(nn.Module):
    def __init__(self, embedding_dim, hidden_dim, vocab_size, n_tags):
        super(LSTMTagger, self).__init__()
        self.hidden_dim = hidden_dim
        self.embed = compat.Embedding(vocab_size, embedding_dim)
        self.lstm = compat.LSTM(embedding_dim, hidden_dim)  # time first
        self.to_tags = nn.Linear(hidden_dim, n_tags)

    def init_hidden(self, batch):
        return (mx.zeros((1, batch, self.hidden_dim)),
                mx.zeros((1, batch, self.hidden_dim)))

    def __call__(self, ids):
        x = self.embed(ids)
        out, (h, c) = self.lstm(x, self.init_hidden(ids.shape[1]))
        return nn.log_softmax(self.to_tags(out), axis=-1), h, c


class Classifier(nn.Module):
    def __init__(self, n_in, hidden, n_out, layers=2, bidirectional=True):
        super(Classifier, self).__init__()
        self.rnn = compat.GRU(input_size=n_in, hidden_size=hidden, num_layers=layers, batch_first=True, bidirectional=bidirectional)
        self.fc = nn.Linear(hidden * (2 if bidirectional else 1), n_out)

    def __call__(self, x):
        out, h_n = self.rnn(x)
        return self.fc(out[:, -1, :]), h_n


class CellLoop(nn.Module):
    """Cells, stepped by hand."""

    def __init__(self, n_in, hidden):
        super().__init__()
        self.lstm = compat.LSTMCell(n_in, hidden)
        self.gru = compat.GRUCell(hidden, hidden)
        self.hidden = hidden

    def __call__(self, x, future=0):
        outputs = []
        h = mx.zeros((x.shape[0], self.hidden), dtype=x.dtype)
        c, g = mx.array(h), mx.zeros_like(h)
        for x_t in compat.split(x, 1, dim=1):
            h, c = self.lstm(compat.squeeze(x_t, 1), (h, c))
            g = self.gru(h, g)
            outputs += [g]
        for i in range(future):
            g = self.gru(g, g)
            outputs.append(g)
        return mx.stack(outputs, axis=1)


class HandMadeLSTM(nn.Module):
    """All four gates in one matrix product."""

    def __init__(self, n_in: int, hidden: int):
        super().__init__()
        self.ih = nn.Linear(n_in, 4 * hidden)
        self.hh = nn.Linear(hidden, 4 * hidden, bias=False)
        self.hidden = hidden

    def __call__(self, x: mx.array, state=None):
        B, T, _ = x.shape
        if state is None:
            state = (mx.zeros((B, self.hidden), dtype=x.dtype), mx.zeros((B, self.hidden), dtype=x.dtype))
        h, c = state
        ys = []
        for t in range(T):
            i, f, g, o = compat.chunk(self.ih(x[:, t]) + self.hh(h), 4, dim=1)
            c = mx.sigmoid(f) * c + mx.sigmoid(i) * mx.tanh(g)
            h = mx.sigmoid(o) * mx.tanh(c)
            ys.append(h)
        return mx.stack(ys, axis=1), (h, c)


def detach_state(h):
    """The same state, without a past."""
    if isinstance(h, mx.array):
        return mx.stop_gradient(h)
    return tuple(detach_state(v) for v in h)
