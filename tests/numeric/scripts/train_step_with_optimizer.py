# script tol=1e-4
# The model's own `train_step` gets the optimizer and leaves it alone; a hook clips by settings.
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import clip_grad


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)

    def forward(self, x, y):
        return {"loss": F.cross_entropy(self.fc(x), y)}

    def train_step(self, data, optimizer):
        losses = self(**data)
        return dict(loss=losses["loss"], num_samples=len(data["x"]))


class Runner:
    def __init__(self, model, optimizer, grad_clip):
        self.model, self.optimizer, self.grad_clip = model, optimizer, grad_clip

    def run(self, batches):
        losses = []
        for data in batches:
            outputs = self.model.train_step(data, self.optimizer)
            loss = outputs["loss"]
            self.optimizer.zero_grad()
            loss.backward()
            clip_grad.clip_grad_norm_(self.model.parameters(), **self.grad_clip)
            self.optimizer.step()
            losses.append((loss.item(), outputs["num_samples"]))
        return losses


model = Model()
with torch.no_grad():
    for k, p in enumerate(model.parameters()):
        p.copy_(torch.sin(torch.arange(p.numel(), dtype=torch.float32) + k).reshape(p.shape))
batches = [dict(x=torch.linspace(-1, 1, 8).reshape(2, 4) * k, y=torch.tensor([0, 2])) for k in (1, 2, 3)]
runner = Runner(model, torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9), dict(max_norm=0.3, norm_type=2))
runner.run(batches), model
