# script model=model | xs=f32[10,6,4] | ys=i64[10,6]<3 | tol=1e-4
import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(4, 8, bias=False)
        self.bn = nn.BatchNorm1d(8)
        self.drop = nn.Dropout(0.0)
        self.fc2 = nn.Linear(8, 3)

    def forward(self, x):
        return self.fc2(self.drop(F.relu(self.bn(self.fc1(x)))))


model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
trace = []
best_val = 1e9
for it in range(10):
    # every once in a while evaluate the loss
    if it % 4 == 0 or it == 9:
        model.eval()
        with torch.no_grad():
            val_loss = F.cross_entropy(model(xs[0]), ys[0])
        model.train()
        print(f"iter {it}: val loss {val_loss:.4f}")
        trace.append(val_loss.item())
        if val_loss < best_val:
            best_val = val_loss
            torch.save(model.state_dict(), 'best_model.pt')

    xb, yb = xs[it], ys[it]
    logits = model(xb)
    loss = F.cross_entropy(logits, yb)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    trace.append(loss.item())

trace, model
