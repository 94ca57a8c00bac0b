# script model=net | pts=f32[20,2] | bc=f32[10,2] | bu=f32[10,1] | tol=1e-4
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1))

    def forward(self, x, t):
        return self.net(torch.cat([x, t], dim=1))


def residual(net, x, t, nu=0.01):
    u = net(x, t)
    u_t = torch.autograd.grad(u, t, grad_outputs=torch.ones_like(u), retain_graph=True, create_graph=True)[0]
    u_x = torch.autograd.grad(u, x, grad_outputs=torch.ones_like(u), retain_graph=True, create_graph=True)[0]
    u_xx = torch.autograd.grad(u_x, x, grad_outputs=torch.ones_like(u_x), retain_graph=True, create_graph=True)[0]
    return u_t + u * u_x - nu * u_xx


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
mse = nn.MSELoss()
losses = []
for epoch in range(6):
    x = pts[:, 0:1].clone().requires_grad_(True)
    t = pts[:, 1:2].clone().requires_grad_(True)
    optimizer.zero_grad()
    f = residual(net, x, t)
    loss_f = mse(f, torch.zeros_like(f))
    loss_b = mse(net(bc[:, 0:1], bc[:, 1:2]), bu)
    loss = loss_f + loss_b
    loss.backward()
    optimizer.step()
    losses.append((loss.item(), loss_f.item(), loss_b.item()))
losses, net
