# script model=model | x=f32[8,4] | y=f32[8,2] | todo=T2M301,T2M301
import torch
import torch.nn as nn
import torch.nn.functional as F

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 8)
        self.head = nn.Linear(8, 2)
    def forward(self, x):
        return self.head(torch.relu(self.body(x)))

model = Net()
optimizer = torch.optim.SGD([p for n, p in model.named_parameters() if "head" in n], lr=0.1)
losses = []
for _ in range(steps):
    optimizer.zero_grad()
    loss = F.mse_loss(model(x), y)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    optimizer.step()
    losses.append(loss.item())
(losses, model)
