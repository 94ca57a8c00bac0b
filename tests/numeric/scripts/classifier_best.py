# script model=model | xs=f32[64,8] | ys=i64[64]<3 | tol=1e-4
import copy
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(8, 16, bias=False)
        self.bn = nn.BatchNorm1d(16)
        self.fc2 = nn.Linear(16, 3)

    def forward(self, x):
        return self.fc2(F.relu(self.bn(self.fc1(x))))


model = Net()
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
model = model.to(device)
train_ds = TensorDataset(xs[:48], ys[:48])
val_ds = TensorDataset(xs[48:], ys[48:])
train_loader = DataLoader(train_ds, batch_size=16, shuffle=False)
val_loader = DataLoader(val_ds, batch_size=16)
criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.05)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, factor=0.5)
best_loss, best_state, patience, bad = float("inf"), None, 2, 0
history = []
for epoch in range(4):
    model.train()
    running, total, correct = 0.0, 0, 0
    for x, y in train_loader:
        x, y = x.to(device), y.to(device)
        optimizer.zero_grad()
        out = model(x)
        loss = criterion(out, y)
        loss.backward()
        optimizer.step()
        running += loss.item() * x.size(0)
        total += y.size(0)
        correct += out.argmax(1).eq(y).sum().item()
    model.eval()
    val = 0.0
    with torch.no_grad():
        for x, y in val_loader:
            val += criterion(model(x), y).item()
    scheduler.step(val)
    history.append((running / total, correct / total, val, optimizer.param_groups[0]["lr"]))
    if val < best_loss:
        best_loss = val
        best_state = copy.deepcopy(model.state_dict())
        bad = 0
    else:
        bad += 1
        if bad >= patience:
            break
model.load_state_dict(best_state)
history, model
