# script model=model | xs=f32[10,6,4] | tol=1e-4
import torch
import torch.nn as nn

model = nn.Linear(4, 2)
learning_rate = 0.1
out = []
for x in xs:
    model.zero_grad()
    loss = model(x).pow(2).mean()
    loss.backward()
    with torch.no_grad():
        for param in model.parameters():
            param -= learning_rate * param.grad
    out.append(loss.item())
out, model
