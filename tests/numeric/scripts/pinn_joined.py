# script model=net | X=f32[9,2] | tol=1e-4
import torch
from torch import nn
import torch.autograd as autograd

net = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 1))


def loss_pde(X):
    g = X.clone()
    g.requires_grad = True
    u = net(g)
    u_x_t = autograd.grad(u, g, torch.ones([X.shape[0], 1]), retain_graph=True, create_graph=True)[0]
    u_xx_tt = autograd.grad(u_x_t, g, torch.ones(X.shape), create_graph=True)[0]
    u_t = u_x_t[:, [1]]
    u_xx = u_xx_tt[:, [0]]
    f = u_t + u * u_x_t[:, [0]] - 0.1 * u_xx
    return torch.mean(f ** 2)


def laplace(X):
    g = X.clone().requires_grad_(True)
    u = net(g)
    du = autograd.grad(u.sum(), g, create_graph=True)[0]
    u_x, u_y = du[:, 0:1], du[:, 1:2]
    u_xx = autograd.grad(u_x.sum(), g, create_graph=True)[0][:, 0:1]
    u_yy = autograd.grad(u_y.sum(), g, create_graph=True)[0][:, 1:2]
    return (u_xx + u_yy).pow(2).mean()


opt = torch.optim.Adam(net.parameters(), lr=0.01)
hist = []
for _ in range(4):
    opt.zero_grad()
    loss = loss_pde(X) + laplace(X)
    loss.backward()
    opt.step()
    hist.append(loss.item())
hist, net
