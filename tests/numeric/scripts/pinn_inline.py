# script model=model | ts=f32[16,1] | tol=1e-4
import torch
import torch.nn as nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(1, 12), nn.Tanh(), nn.Linear(12, 1))
opt = torch.optim.Adam(model.parameters(), lr=5e-3)
d, w0 = 2.0, 5.0
mu, k = 2 * d, w0 ** 2
t_boundary = torch.tensor(0.).view(-1, 1).requires_grad_(True)
t_physics = ts.clone().requires_grad_(True)
history = []
for i in range(6):
    opt.zero_grad()
    # boundary loss
    u = model(t_boundary)
    loss1 = (torch.squeeze(u) - 1) ** 2
    dudt = torch.autograd.grad(u, t_boundary, torch.ones_like(u), create_graph=True)[0]
    loss2 = (torch.squeeze(dudt) - 0) ** 2
    # physics loss
    u = model(t_physics)
    dudt = torch.autograd.grad(u, t_physics, torch.ones_like(u), create_graph=True)[0]
    d2udt2 = torch.autograd.grad(dudt, t_physics, torch.ones_like(dudt), create_graph=True)[0]
    loss3 = torch.mean((d2udt2 + mu * dudt + k * u) ** 2)
    loss = loss1 + 1e-1 * loss2 + 1e-4 * loss3
    loss.backward()
    opt.step()
    history.append([loss1.item(), loss2.item(), loss3.item()])
history, model
