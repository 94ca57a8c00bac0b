# script model=model | xs=f32[5,6,4] | ys=f32[5,6,1] | tol=1e-4
import torch
import torch.nn as nn
import torch.optim as optim

model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
criterion = nn.MSELoss()
optimizer = optim.Adam(model.parameters(), lr=0.05, amsgrad=True)
scheduler = optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode='min', factor=0.5, patience=0)
out = []
for epoch in range(4):
    model.train()
    train_loss = 0
    for x, y in zip(xs[:3], ys[:3]):
        optimizer.zero_grad()
        output = model(x)
        loss = criterion(output, y)
        loss.backward()
        optimizer.step()
        train_loss += loss.item()
    model.eval()
    val_loss = 0
    with torch.no_grad():
        for x, y in zip(xs[3:], ys[3:]):
            output = model(x)
            loss = criterion(output, y)
            val_loss += loss.item()
    scheduler.step(val_loss)
    out.append((train_loss, val_loss, optimizer.param_groups[0]['lr']))

out, model
