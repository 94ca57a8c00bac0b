import torch
import torch.nn as nn
import torch.optim as optim

from engine import evaluate, train_one_epoch, train_step


class Classifier(nn.Module):
    def __init__(self, num_classes=4):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(6, 8, 3), nn.ReLU(),
        )
        self.classifier = nn.Linear(8 * 2 * 2, num_classes)

    def forward(self, x):
        x = self.features(x)
        x = x.view(x.size(0), -1)
        return self.classifier(x)


class Trainer:
    """The same step as a method, with everything on `self`."""

    def __init__(self, model, lr=0.05, momentum=0.9, nesterov=False):
        self.model = model
        self.criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
        self.optimizer = optim.SGD(self.model.parameters(), lr=lr, momentum=momentum, weight_decay=1e-3, nesterov=nesterov)
        self.losses = []

    def step(self, x, y):
        self.optimizer.zero_grad()
        logits = self.model(x)
        loss = self.criterion(logits, y)
        loss.backward()
        self.optimizer.step()
        self.losses.append(loss.item())
        return logits.argmax(-1)

    def fit(self, batches):
        self.model.train()
        for x, y in batches:
            self.step(x, y)
        return self.losses


def run_helper(model, batches, lr=0.05):
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    model.train()
    return [train_step(model, batch, criterion, optimizer) for batch in batches]


def run_epoch(model, batches):
    device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    model = model.to(device)
    criterion = nn.CrossEntropyLoss().to(device)
    optimizer = optim.SGD(model.parameters(), 0.02, 0.9, weight_decay=5e-4)
    stats = train_one_epoch(model, batches, criterion, optimizer, device, epoch=1)
    val_loss, val_acc = evaluate(model, batches, criterion, device)
    return stats["losses"], stats["acc"], val_loss, val_acc


if __name__ == "__main__":
    torch.manual_seed(3)
    batches = [(torch.randn(8, 1, 8, 8), torch.randint(0, 4, (8,))) for _ in range(10)]
    print(run_epoch(Classifier(), batches)[1:])
    print(Trainer(Classifier()).fit(batches)[-1])
