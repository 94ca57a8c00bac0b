# script model=model | xs=f32[10,6,4] | ys=f32[10,6,4] | train=10
import torch
import torch.nn as nn


class Albert(nn.Module):
    def __init__(self, depth=3):
        super().__init__()
        layer = nn.Linear(4, 4)
        self.layers = nn.ModuleList([layer for _ in range(depth)])
        self.first = self.layers[0]
        self.norm = nn.LayerNorm(4)
        self.out = nn.Linear(4, 4)
        self.head = self.out

    def forward(self, x):
        for layer in self.layers:
            x = self.norm(torch.tanh(layer(x)) + x)
        return self.head(self.out(self.first(x)))


model = Albert()
optimizer = torch.optim.AdamW(model.parameters(), lr=0.02, weight_decay=0.1)
losses = []
for x, y in zip(xs, ys):
    optimizer.zero_grad()
    loss = torch.nn.functional.mse_loss(model(x), y)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    optimizer.step()
    losses.append(loss.item())

losses, model
