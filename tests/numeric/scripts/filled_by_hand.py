# script model=model | x=f32[6,4] | y=f32[6,1] | tol=1e-4
import torch
import torch.nn as nn

model = nn.Linear(4, 1)
with torch.no_grad():
    w = torch.linspace(-1, 1, 4).reshape(1, 4)
    model.weight[:] = w
    model.bias.fill_(0.5)
    y0 = model(torch.ones(1, 4))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
loss = (model(x) - y - y0).pow(2).mean()
loss.backward()
optimizer.step()
with torch.no_grad():
    after = (model(x) - y).abs().mean()
losses = [loss.item(), after.item(), y0.item()]
losses, model
