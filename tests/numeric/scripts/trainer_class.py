# script model=model | xs=f32[5,6,4] | ys=i64[5,6]<3 | tol=1e-4
import copy
import logging
import torch
from torch import nn, optim

logger = logging.getLogger(__name__)


class AverageMeter(object):
    """Computes and stores the average and current value"""
    def __init__(self):
        self.reset()

    def reset(self):
        self.val = 0
        self.avg = 0
        self.sum = 0
        self.count = 0

    def update(self, val, n=1):
        self.val = val
        self.sum += val * n
        self.count += n
        self.avg = self.sum / self.count


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(4, 8, bias=False),
            nn.BatchNorm1d(8),
            nn.ReLU(),
            nn.Dropout(p=0.0),
            nn.Linear(8, 3),
        )

    def forward(self, x):
        return self.layers(x)


class Trainer:
    def __init__(self, model, optimizer, criterion, device, patience=5):
        self.model = model
        self.optimizer = optimizer
        self.criterion = criterion
        self.device = device
        self.best_loss = float("inf")
        self.best_state = None
        self.patience = patience
        self.bad_epochs = 0

    def _train_epoch(self, loader):
        self.model.train()
        losses = AverageMeter()
        accs = AverageMeter()
        for inputs, labels in loader:
            inputs = inputs.to(self.device)
            labels = labels.to(self.device)

            self.optimizer.zero_grad()

            outputs = self.model(inputs)
            loss = self.criterion(outputs, labels)

            loss.backward()
            self.optimizer.step()

            losses.update(loss.item(), inputs.size(0))
            acc = (outputs.argmax(dim=1) == labels).float().mean()
            accs.update(acc.item(), inputs.size(0))
        return losses.avg, accs.avg

    @torch.no_grad()
    def _val_epoch(self, loader):
        self.model.eval()
        total = 0.0
        for inputs, labels in loader:
            outputs = self.model(inputs.to(self.device))
            total += self.criterion(outputs, labels.to(self.device)).item()
        return total / len(loader)

    def fit(self, train_loader, val_loader, epochs):
        out = []
        for epoch in range(epochs):
            train_loss, train_acc = self._train_epoch(train_loader)
            val_loss = self._val_epoch(val_loader)
            logger.info(f"epoch {epoch}: train {train_loss:.4f} ({train_acc:.3f}), val {val_loss:.4f}")
            out += [train_loss, train_acc, val_loss]
            if val_loss < self.best_loss:
                self.best_loss = val_loss
                self.best_state = copy.deepcopy(self.model.state_dict())
                self.bad_epochs = 0
            else:
                self.bad_epochs += 1
                if self.bad_epochs >= self.patience:
                    break
        self.model.load_state_dict(self.best_state)
        return out


def make(model):
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = model.to(device)
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    return Trainer(model, optimizer, nn.CrossEntropyLoss(), device)


model = MLP()

make(model).fit(list(zip(xs, ys)), list(zip(xs, ys))[:2], 2), model
