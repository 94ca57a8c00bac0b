# script model=model | xs=f32[12,6,4] | ys=f32[12,6,1] | tol=1e-4
import torch
import torch.nn as nn


class Trainer:
    def __init__(self, model, lr=0.05, accumulate=3, clip=1.0):
        self.model = model
        self.accumulate = accumulate
        self.clip = clip
        self.criterion = nn.MSELoss()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=lr, momentum=0.9)
        self.global_step = 0

    def train_epoch(self, batches):
        self.model.train()
        self.optimizer.zero_grad()
        losses = []
        for step, (x, y) in enumerate(batches):
            loss = self.criterion(self.model(x), y)
            loss = loss / self.accumulate
            loss.backward()
            if (step + 1) % self.accumulate == 0 or step + 1 == len(batches):
                norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
                self.optimizer.step()
                self.optimizer.zero_grad()
                self.global_step += 1
                losses.append(norm.item())
            losses.append(loss.item() * self.accumulate)
        return losses


model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1))
trainer = Trainer(model)
out = trainer.train_epoch(list(zip(xs, ys))) + trainer.train_epoch(list(zip(xs, ys)))
out, model
