# script model=model | xs=f32[10,3,6,4] | tol=1e-4
import torch
import torch.nn as nn

model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
out = []
for views in xs:
    optimizer.zero_grad()
    loss = 0
    for t, v in enumerate(views):
        o = model(v)
        loss += o.pow(2).mean()
        if t == 1:
            loss = loss + 0.1 * o.abs().sum()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), max_norm=0.3)
    optimizer.step()
    out.append(loss.item() / 3)
out, model
