# script model=enc | xs=f32[10,6,4] | tol=1e-4
import itertools
import torch
import torch.nn as nn

enc, dec = nn.Linear(4, 3), nn.Linear(3, 4)
nn.init.constant_(dec.weight, 0.1)
nn.init.zeros_(dec.bias)
opt = torch.optim.Adam(itertools.chain(enc.parameters(), dec.parameters()), lr=0.01)
losses = []
for x in xs:
    opt.zero_grad()
    loss = (dec(enc(x)) - x).pow(2).mean()
    loss.backward()
    opt.step()
    losses.append(loss.item())
losses, enc
