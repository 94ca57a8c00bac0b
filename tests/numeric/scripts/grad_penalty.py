# script model=D | xs=f32[10,6,4] | tol=1e-4
import torch
import torch.nn as nn

D = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 1))
opt = torch.optim.Adam(D.parameters(), lr=1e-2)
out = []
for x in xs:
    x = x.clone().requires_grad_(True)
    d = D(x)
    g = torch.autograd.grad(d.sum(), x, create_graph=True)[0]
    gp = ((g.norm(2, dim=1) - 1) ** 2).mean()
    loss = d.mean() + 10 * gp
    opt.zero_grad()
    loss.backward()
    opt.step()
    out.append(loss.item())
out, D
