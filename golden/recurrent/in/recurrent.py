import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.autograd import Variable


class LSTMTagger(nn.Module):
    def __init__(self, embedding_dim, hidden_dim, vocab_size, n_tags):
        super(LSTMTagger, self).__init__()
        self.hidden_dim = hidden_dim
        self.embed = nn.Embedding(vocab_size, embedding_dim)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim)  # time first
        self.to_tags = nn.Linear(hidden_dim, n_tags)

    def init_hidden(self, batch):
        return (Variable(torch.zeros(1, batch, self.hidden_dim)),
                Variable(torch.zeros(1, batch, self.hidden_dim)))

    def forward(self, ids):
        x = self.embed(ids)
        out, (h, c) = self.lstm(x, self.init_hidden(ids.size(1)))
        return F.log_softmax(self.to_tags(out), dim=-1), h, c


class Classifier(nn.Module):
    def __init__(self, n_in, hidden, n_out, layers=2, bidirectional=True):
        super(Classifier, self).__init__()
        self.rnn = nn.GRU(input_size=n_in, hidden_size=hidden, num_layers=layers, batch_first=True, bidirectional=bidirectional)
        self.fc = nn.Linear(hidden * (2 if bidirectional else 1), n_out)

    def forward(self, x):
        out, h_n = self.rnn(x)
        return self.fc(out[:, -1, :]), h_n


class CellLoop(nn.Module):
    """Cells, stepped by hand."""

    def __init__(self, n_in, hidden):
        super().__init__()
        self.lstm = nn.LSTMCell(n_in, hidden)
        self.gru = nn.GRUCell(hidden, hidden)
        self.hidden = hidden

    def forward(self, x, future=0):
        outputs = []
        h = torch.zeros(x.size(0), self.hidden, dtype=x.dtype, device=x.device)
        c, g = h.clone(), torch.zeros_like(h)
        for x_t in x.split(1, dim=1):
            h, c = self.lstm(x_t.squeeze(1), (h, c))
            g = self.gru(h, g)
            outputs += [g]
        for i in range(future):
            g = self.gru(g, g)
            outputs.append(g)
        return torch.stack(outputs, 1)


class HandMadeLSTM(nn.Module):
    """All four gates in one matrix product."""

    def __init__(self, n_in: int, hidden: int):
        super().__init__()
        self.ih = nn.Linear(n_in, 4 * hidden)
        self.hh = nn.Linear(hidden, 4 * hidden, bias=False)
        self.hidden = hidden

    def forward(self, x: torch.Tensor, state=None):
        B, T, _ = x.shape
        if state is None:
            state = (x.new_zeros(B, self.hidden), x.new_zeros(B, self.hidden))
        h, c = state
        ys = []
        for t in range(T):
            i, f, g, o = (self.ih(x[:, t]) + self.hh(h)).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            ys.append(h)
        return torch.stack(ys, dim=1), (h, c)


def detach_state(h):
    """The same state, without a past."""
    if isinstance(h, torch.Tensor):
        return h.detach()
    return tuple(detach_state(v) for v in h)
