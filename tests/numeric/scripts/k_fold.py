# script model=last | xs=f32[30,4] | ys=f32[30] | tol=1e-4
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Subset, TensorDataset


def reset_weights(m):
    if isinstance(m, nn.Linear):
        nn.init.constant_(m.weight, 0.1)
        nn.init.zeros_(m.bias)


def train_one_epoch(model, loader, optimizer, criterion):
    model.train()
    losses = []
    for xb, yb in loader:
        pred = model(xb).squeeze(1)
        loss = criterion(pred, yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


@torch.no_grad()
def evaluate(model, loader, criterion):
    model.eval()
    total = 0.0
    for xb, yb in loader:
        total += criterion(model(xb).squeeze(1), yb).item() * xb.size(0)
    return total / len(loader.dataset)


last = nn.Linear(4, 1)
dataset = TensorDataset(xs, ys)
folds = [list(range(i * 10, (i + 1) * 10)) for i in range(3)]
results = []
for k, val_idx in enumerate(folds):
    train_idx = [i for i in range(30) if i not in val_idx]
    train_loader = DataLoader(Subset(dataset, train_idx), batch_size=8, shuffle=False)
    val_loader = DataLoader(Subset(dataset, val_idx), batch_size=8, shuffle=False)
    model = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 1))
    model.apply(reset_weights)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=3)
    for epoch in range(3):
        tr = train_one_epoch(model, train_loader, optimizer, nn.MSELoss())
        va = evaluate(model, val_loader, nn.MSELoss())
        scheduler.step()
        results.append((tr, va))
results, last
