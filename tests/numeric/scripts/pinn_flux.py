# script model=net | xs=f32[5,9,1] | tol=1e-4
import torch
from torch import nn
from torch.autograd import grad

net = nn.Sequential(nn.Linear(1, 6), nn.Softplus(), nn.Linear(6, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.05)


def diffusion(x, net):
    x = x.clone().requires_grad_()
    out = net(x)
    u = x * (1 - x) * out
    u_x, = grad(u.sum(), x, create_graph=True)
    kappa = 1 + 0.5 * u ** 2
    flux = -kappa * u_x
    flux_x = grad(flux.sum(), x, create_graph=True)[0]
    return (flux_x - 1).pow(2).mean(), u, flux


out = []
for x in xs:
    opt.zero_grad()
    loss, u, flux = diffusion(x, net)
    loss.backward()
    opt.step()
    out.append((loss.item(), u.mean().item(), flux.abs().max().item()))
out, net
