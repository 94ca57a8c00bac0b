# script model=model | xs=f32[10,6,4] | ys=f32[10,6,1] | tol=1e-4 | todo=T2M301
import contextlib
import torch
import torch.nn as nn

model = nn.Linear(4, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
log = []


@contextlib.contextmanager
def timer(name):
    log.append(name)
    yield


for x, y in zip(xs, ys):
    opt.zero_grad()
    with timer('forward'):
        pred = model(x)
        loss = nn.functional.l1_loss(pred, y)
    with timer('backward'):
        loss.backward()
        opt.step()
    log.append(loss.item())
log, model
