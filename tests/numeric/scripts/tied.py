# script model=model | xs=i64[10,3,6]<9 | train=10
import torch
import torch.nn as nn
import torch.nn.functional as F


class LM(nn.Module):
    def __init__(self, vocab=9, dim=6):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.proj = nn.Linear(dim, dim)
        self.out = nn.Linear(dim, vocab, bias=False)
        self.out.weight = self.emb.weight

    def forward(self, x):
        return self.out(torch.tanh(self.proj(self.emb(x))))


model = LM()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
losses = []
for batch in xs:
    inp, tgt = batch[:, :-1], batch[:, 1:]
    logits = model(inp)
    loss = F.cross_entropy(logits.transpose(1, 2), tgt)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    losses.append(loss.item())

losses, model
