# script model=enc | xs=f32[10,6,4] | tol=1e-4
import torch
import torch.nn as nn

enc, dec = nn.Linear(4, 3), nn.Linear(3, 4)
nn.init.constant_(dec.weight, 0.1)
nn.init.zeros_(dec.bias)
params = list(enc.parameters()) + list(dec.parameters())
opt = torch.optim.Adam(params, lr=0.01)
losses = []
for x in xs:
    loss = (dec(enc(x)) - x).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    losses.append(loss.item())
losses, enc
