# script data=f32[12,3] | uv=f32[12,2] | tol=1e-3
import torch
import torch.nn as nn


class NavierStokes:
    def __init__(self, data, uv):
        self.x = data[:, 0:1].clone().detach().requires_grad_(True)
        self.y = data[:, 1:2].clone().detach().requires_grad_(True)
        self.t = data[:, 2:3].clone().detach().requires_grad_(True)
        self.u, self.v = uv[:, 0:1], uv[:, 1:2]
        self.nu = 0.01
        self.net = nn.Sequential(nn.Linear(3, 10), nn.Tanh(), nn.Linear(10, 10), nn.Tanh(), nn.Linear(10, 2))
        self.null = torch.zeros(self.x.shape[0], 1)
        self.mse = nn.MSELoss()
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=1e-2)

    def function(self, x, y, t):
        res = self.net(torch.hstack((x, y, t)))
        psi, p = res[:, 0:1], res[:, 1:2]

        u = torch.autograd.grad(psi, y, grad_outputs=torch.ones_like(psi), create_graph=True)[0]
        v = -1. * torch.autograd.grad(psi, x, grad_outputs=torch.ones_like(psi), create_graph=True)[0]

        u_x = torch.autograd.grad(u, x, grad_outputs=torch.ones_like(u), create_graph=True)[0]
        u_xx = torch.autograd.grad(u_x, x, grad_outputs=torch.ones_like(u_x), create_graph=True)[0]
        u_y = torch.autograd.grad(u, y, grad_outputs=torch.ones_like(u), create_graph=True)[0]
        u_yy = torch.autograd.grad(u_y, y, grad_outputs=torch.ones_like(u_y), create_graph=True)[0]
        u_t = torch.autograd.grad(u, t, grad_outputs=torch.ones_like(u), create_graph=True)[0]

        p_x = torch.autograd.grad(p, x, grad_outputs=torch.ones_like(p), create_graph=True)[0]
        p_y = torch.autograd.grad(p, y, grad_outputs=torch.ones_like(p), create_graph=True)[0]

        f = u_t + u * u_x + v * u_y + p_x - self.nu * (u_xx + u_yy)
        return u, v, p, f, p_y

    def step(self):
        self.optimizer.zero_grad()
        u, v, p, f, p_y = self.function(self.x, self.y, self.t)
        loss = self.mse(u, self.u) + self.mse(v, self.v) + self.mse(f, self.null) + 0.1 * p_y.pow(2).mean()
        loss.backward()
        self.optimizer.step()
        return loss.item()


pinn = NavierStokes(data, uv)
[pinn.step() for _ in range(4)], pinn.net
