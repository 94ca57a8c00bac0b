# script model=model | xs=i64[10,3,6] < 11 | ys=i64[10,3,6] < 11 | train=10 | tol=1e-3
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, dropout=0.0, max_len=50):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)
        pe = torch.zeros(max_len, d_model)
        position = torch.arange(0, max_len, dtype=torch.float).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2).float() * (-math.log(10000.0) / d_model))
        pe[:, 0::2] = torch.sin(position * div_term)
        pe[:, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe.unsqueeze(0))

    def forward(self, x):
        return self.dropout(x + self.pe[:, : x.size(1)])


def causal(size):
    return torch.triu(torch.full((size, size), float("-inf")), diagonal=1)


class LM(nn.Module):
    def __init__(self, vocab=11, d=8):
        super().__init__()
        self.d = d
        self.src_mask = None
        self.embed = nn.Embedding(vocab, d, padding_idx=0)
        self.pos = PositionalEncoding(d)
        layer = nn.TransformerEncoderLayer(d, 2, 16, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.decoder = nn.Linear(d, vocab)
        self.decoder.weight = self.embed.weight

    def forward(self, src):
        if self.src_mask is None or self.src_mask.size(0) != src.size(1):
            self.src_mask = causal(src.size(1))
        h = self.pos(self.embed(src) * math.sqrt(self.d))
        return self.decoder(self.encoder(h, self.src_mask))


model = LM()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.2, total_steps=10, pct_start=0.3, cycle_momentum=False)
criterion = nn.CrossEntropyLoss(ignore_index=0)
losses = []
model.train()
for x, y in zip(xs, ys):
    optimizer.zero_grad()
    out = model(x)
    loss = criterion(out.view(-1, 11), y.view(-1))
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    optimizer.step()
    scheduler.step()
    losses.append(loss.item())

losses, model
