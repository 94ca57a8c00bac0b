# script weights=own | tol=1e-4
# A gradient scaler in one branch, the plain pass in the other: both take the same step, with the clipping or without.
import torch
import torch.nn as nn
from torch import optim


def filled(net):
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(torch.linspace(-0.5, 0.5, p.numel()).view_as(p).sin())
    return net


def batches(n=4):
    return [(torch.linspace(-1, 1, 24).reshape(2, 4, 3).cos() * (i + 1), torch.linspace(0, 1, 18).reshape(2, 3, 3) * i) for i in range(n)]


class Forecast(nn.Module):
    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(4, 2)

    def forward(self, x):
        return self.proj(x.transpose(1, 2)).transpose(1, 2)


class Experiment:
    def __init__(self, use_amp):
        self.use_amp = use_amp
        self.pred_len = 2
        self.model = filled(Forecast())

    def _select_optimizer(self):
        model_optim = optim.Adam(self.model.parameters(), lr=1e-2)
        return model_optim

    def train(self):
        model_optim = self._select_optimizer()
        criterion = nn.MSELoss()
        if self.use_amp:
            scaler = torch.cuda.amp.GradScaler()
        train_loss = []
        self.model.train()
        for i, (batch_x, batch_y) in enumerate(batches()):
            model_optim.zero_grad()
            batch_x = batch_x.float()
            if self.use_amp:
                with torch.cuda.amp.autocast():
                    outputs = self.model(batch_x)
                    batch_y = batch_y[:, -self.pred_len:, :]
                    loss = criterion(outputs, batch_y)
                    train_loss.append(loss.item())
            else:
                outputs = self.model(batch_x)
                batch_y = batch_y[:, -self.pred_len:, :]
                loss = criterion(outputs, batch_y)
                train_loss.append(loss.item())
            if (i + 1) % 2 == 0:
                print("{0} {1:.3f}".format(i + 1, loss.item()))
            if self.use_amp:
                scaler.scale(loss).backward()
                scaler.step(model_optim)
                scaler.update()
            else:
                loss.backward()
                model_optim.step()
        return train_loss, self.model.proj.weight.detach()


def train_one_epoch(model, criterion, optimizer, data, clip=None, amp=False):
    model.train()
    if amp:
        scaler = torch.cuda.amp.GradScaler()
    for image, target in data:
        with torch.cuda.amp.autocast(enabled=amp):
            output = model(image)
            loss = criterion(output, target[:, :2])
        optimizer.zero_grad()
        if amp:
            scaler.scale(loss).backward()
            if clip is not None:
                scaler.unscale_(optimizer)
                nn.utils.clip_grad_norm_(model.parameters(), clip)
            scaler.step(optimizer)
            scaler.update()
        else:
            loss.backward()
            if clip is not None:
                nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimizer.step()
    return loss.item()


def references(clip):
    model = filled(Forecast())
    opt = optim.SGD(model.parameters(), lr=0.1)
    return train_one_epoch(model, nn.MSELoss(), opt, batches(), clip), model.proj.weight.detach()


Experiment(False).train(), references(None), references(0.1)
