# script model=model | xs=f32[10,3,4] | ys=f32[10,3,2] | train=10
# Attention that hides its scores by their `data`.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query = nn.Linear(4, 8)
        self.energy = nn.Linear(8, 1, bias=False)
        self.out = nn.Linear(4, 2)
        self.score_mask_value = -float("inf")

    def get_energies(self, x):
        return self.energy(torch.tanh(self.query(x))).squeeze(-1)

    def forward(self, x, mask=None):
        alignment = self.get_energies(x)
        if mask is not None:
            alignment.data.masked_fill_(mask, self.score_mask_value)
        weights = F.softmax(alignment, dim=1)
        context = torch.bmm(weights.unsqueeze(1), x).squeeze(1)
        return self.out(context), weights


model = Attention()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
mask = torch.tensor([[False, False, True], [False, True, True], [False, False, False]])
losses = []
for x, y in zip(xs, ys):
    optimizer.zero_grad()
    out, weights = model(x.unsqueeze(0).expand(3, 3, 4), mask)
    loss = F.mse_loss(out, y)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

losses, model
