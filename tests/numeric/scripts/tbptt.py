# script model=model | xs=f32[10,5,6,3] | ys=f32[10,6,2] | train=10
import torch
import torch.nn as nn


class CellRNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(3, 4)
        self.lstm = nn.LSTMCell(4, 4)
        self.out = nn.Linear(4, 2)

    def forward(self, seq, hidden=None):
        if hidden is None:
            zeros = torch.zeros(seq.size(1), 4)
            hidden = (zeros, (zeros, zeros))
        h, (a, c) = hidden
        for t in range(seq.size(0)):
            h = self.cell(seq[t], h)
            a, c = self.lstm(h, (a, c))
        return self.out(a), (h, (a, c))


def repackage(h):
    if isinstance(h, torch.Tensor):
        return h.detach()
    return tuple(repackage(v) for v in h)


model = CellRNN()
optimizer = torch.optim.Adagrad(model.parameters(), lr=0.05)
criterion = nn.SmoothL1Loss(beta=0.5)
losses = []
hidden = None
for x, y in zip(xs, ys):
    if hidden is not None:
        hidden = repackage(hidden)
    optimizer.zero_grad()
    out, hidden = model(x, hidden)
    loss = criterion(out, y)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    losses.append(loss.item())

losses, model
