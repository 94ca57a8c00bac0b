# script xs=f32[10,6,4] | todo=T2M301
import torch
import torch.nn as nn

model = nn.Linear(4, 4)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
state = torch.zeros(6, 4)
losses = []
for x in xs:
    optimizer.zero_grad()
    state = model(x) + 0.5 * state
    loss = state.pow(2).mean()
    loss.backward(retain_graph=True)
    optimizer.step()
    losses.append(loss.item())
losses
