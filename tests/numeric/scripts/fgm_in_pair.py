# script tol=1e-4
# FGM, whose class takes the model and an empty store in one assignment.
import torch
from torch import nn


class FGM:
    def __init__(self, model):
        self.model, self.backup = model, {}

    def attack(self, epsilon=1.0, emb_name="emb"):
        for name, param in self.model.named_parameters():
            if param.requires_grad and emb_name in name:
                self.backup[name] = param.data.clone()
                norm = torch.norm(param.grad)
                if norm != 0 and not torch.isnan(norm):
                    r_at = epsilon * param.grad / norm
                    param.data.add_(r_at)

    def restore(self, emb_name="emb"):
        for name, param in self.model.named_parameters():
            if param.requires_grad and emb_name in name:
                assert name in self.backup
                param.data = self.backup[name]
        self.backup = {}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(5, 4)
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(self.emb(x).mean(1))


model = Net()
with torch.no_grad():
    for p in model.parameters():
        p.copy_(torch.linspace(-0.5, 0.5, p.numel()).view_as(p))
criterion = nn.CrossEntropyLoss()
opt = torch.optim.SGD(model.parameters(), lr=0.1)
fgm = FGM(model)
x, y = torch.tensor([[0, 1], [2, 3]]), torch.tensor([0, 1])
out = []
for i in range(3):
    loss = criterion(model(x), y)
    loss.backward()
    fgm.attack()
    loss_adv = criterion(model(x), y)
    loss_adv.backward()
    fgm.restore()
    opt.step()
    opt.zero_grad()
    out.append([loss.item(), loss_adv.item()])
out
