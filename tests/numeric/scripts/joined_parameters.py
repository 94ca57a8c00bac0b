# script model=both | xs=f32[10,6,4] | ys=f32[10,6,4] | tol=1e-4
import itertools
import torch
import torch.nn as nn


class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 3)
        self.dec = nn.Linear(3, 4)


both = Both()
encoder, decoder = both.enc, both.dec
params = list(encoder.parameters()) + list(decoder.parameters())
optimizer = torch.optim.Adam(params, lr=0.01)
out = []
for x in xs:
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(decoder(torch.relu(encoder(x))), x)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(params, 0.5)
    optimizer.step()
    out.append(loss.item())
opt2 = torch.optim.SGD(itertools.chain(encoder.parameters(), decoder.parameters()), lr=0.01, momentum=0.9)
for x in ys:
    opt2.zero_grad()
    loss = nn.functional.mse_loss(decoder(torch.relu(encoder(x))), x)
    loss.backward()
    opt2.step()
    out.append(loss.item())
out, both
