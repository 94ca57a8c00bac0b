# script model=net | x=f32[4,3] | tol=1e-4
import copy

import torch
import torch.nn as nn
import torch.nn.functional as F


class Layer(nn.Module):
    def __init__(self, dim, activation="relu"):
        super().__init__()
        self.fc = nn.Linear(dim, dim)
        self.activation = F.relu if activation == "relu" else F.gelu

    def forward(self, x):
        return x + self.activation(self.fc(x))


def clones(layer, n):
    return nn.ModuleList([copy.deepcopy(layer) for _ in range(n)])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = clones(Layer(3), 2)
        self.head = nn.Linear(3, 2)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return {"logits": self.head(x), "aux": x}


class Matcher(nn.Module):
    def __init__(self, cost=1.0):
        super().__init__()
        self.cost = cost

    @torch.no_grad()
    def forward(self, outputs, targets):
        return (outputs["logits"].softmax(-1) * self.cost).argmax(-1) == targets


class Criterion(nn.Module):
    def __init__(self, num_classes, matcher, weights, eos=0.5):
        super().__init__()
        self.num_classes = num_classes
        self.matcher = matcher
        self.weights = weights
        empty = torch.ones(num_classes)
        empty[-1] = eos
        self.register_buffer("empty", empty)

    def forward(self, outputs, targets):
        losses = {"ce": F.cross_entropy(outputs["logits"], targets, self.empty), "aux": outputs["aux"].pow(2).mean()}
        with torch.no_grad():
            losses["hits"] = self.matcher(outputs, targets).float().mean()
        return losses


def train(model, criterion, batches, optimizer, max_norm=0.5):
    model.train()
    criterion.train()
    seen = []
    for samples, targets in batches:
        outputs = model(samples)
        losses = criterion(outputs, targets)
        loss = sum(losses[k] * criterion.weights[k] for k in losses if k in criterion.weights)
        optimizer.zero_grad()
        loss.backward()
        if max_norm > 0:
            nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        optimizer.step()
        seen += [loss.item(), losses["hits"].item()]
    return seen


net = Net()
for n, p in net.named_parameters():
    with torch.no_grad():
        p.copy_(torch.linspace(-0.5, 0.5, p.numel()).view_as(p) * (2.0 if "weight" in n else 1.0))
weights = {"ce": 1.0, "aux": 0.1}
weights.update({k + "_0": v for k, v in list(weights.items())})
criterion = Criterion(2, Matcher(2.0), weights)
groups = [
    {"params": [p for n, p in net.named_parameters() if "head" not in n and p.requires_grad]},
    {"params": [p for n, p in net.named_parameters() if "head" in n and p.requires_grad], "lr": 1e-2},
]
optimizer = torch.optim.AdamW(groups, lr=1e-3, weight_decay=1e-2)
losses = train(net, criterion, [(x, torch.tensor([0, 1, 1, 0]))] * 4, optimizer)
losses, net
