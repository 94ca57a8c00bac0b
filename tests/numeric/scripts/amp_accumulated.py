# script model=model | xs=f32[12,6,4] | ys=i64[12,6]<3 | tol=1e-4
import torch
import torch.nn as nn

model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
criterion = nn.CrossEntropyLoss()


def train_one_epoch(model, loader, optimizer, scaler, accum_iter=4, max_norm=1.0):
    model.train(True)
    optimizer.zero_grad()
    stats = []
    for data_iter_step, (samples, targets) in enumerate(loader):
        with torch.cuda.amp.autocast(enabled=False):
            outputs = model(samples)
            loss = criterion(outputs, targets)
        loss_value = loss.item()
        loss /= accum_iter
        scaler.scale(loss).backward()
        if (data_iter_step + 1) % accum_iter == 0:
            scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(model.parameters(), max_norm)
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
        stats.append(loss_value)
    return stats


optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
scaler = torch.cuda.amp.GradScaler(enabled=False)
stats = train_one_epoch(model, list(zip(xs, ys)), optimizer, scaler)
stats, model
