# script model=model | xs=f32[10,6,4] | ys=f32[10,6,2] | train=10
import torch
import torch.nn as nn

model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
calls, out = [], []
for i, (x, y) in enumerate(zip(xs, ys)):
    pred = model(x)
    calls.append(i)
    print("pred", pred.shape, i)
    if i > 5:
        y = y * 0.5
        scale = 2.0
    else:
        scale = 1.0
    loss = scale * nn.functional.l1_loss(pred, y)
    print(f"loss {loss.item():.3f}")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    out.append(loss.item() + len(calls) + y.sum().item() * 0)
out, model
