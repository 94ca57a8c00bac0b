import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import mlx_compat as compat

from engine import evaluate, train_one_epoch, train_step


class Classifier(nn.Module):
    def __init__(self, num_classes=4):
        super().__init__()
        self.features = compat.Sequential(
            compat.Conv2d(1, 6, 3, padding=1), compat.BatchNorm2d(6), nn.ReLU(),
            compat.MaxPool2d(2),
            compat.Conv2d(6, 8, 3), nn.ReLU(),
        )
        self.classifier = nn.Linear(8 * 2 * 2, num_classes)

    def __call__(self, x):
        x = self.features(x)
        x = x.reshape(x.shape[0], -1)
        return self.classifier(x)


class Trainer:
    """The same step as a method, with everything on `self`."""

    def __init__(self, model, lr=0.05, momentum=0.9, nesterov=False):
        self.model = model
        self.criterion = compat.CrossEntropyLoss(label_smoothing=0.1)
        self.optimizer = optim.SGD(learning_rate=lr, momentum=momentum, weight_decay=1e-3, nesterov=nesterov)
        self.losses = []

    def step(self, x, y):
        def loss_fn():
            logits = self.model(x)
            loss = self.criterion(logits, y)
            return loss, logits

        (loss, logits), grads = nn.value_and_grad(self.model, loss_fn)()
        self.optimizer.update(self.model, grads)
        mx.eval(loss, self.model.parameters(), self.optimizer.state)
        self.losses.append(loss.item())
        return logits.argmax(axis=-1).astype(mx.int64)

    def fit(self, batches):
        self.model.train()
        for x, y in batches:
            self.step(x, y)
        return self.losses


def run_helper(model, batches, lr=0.05):
    criterion = compat.CrossEntropyLoss()
    optimizer = optim.SGD(learning_rate=lr, momentum=0.9)
    model.train()
    return [train_step(model, batch, criterion, optimizer) for batch in batches]


def run_epoch(model, batches):
    device = "cpu"
    criterion = compat.CrossEntropyLoss()
    optimizer = optim.SGD(learning_rate=0.02, momentum=0.9, weight_decay=5e-4)
    stats = train_one_epoch(model, batches, criterion, optimizer, device, epoch=1)
    val_loss, val_acc = evaluate(model, batches, criterion, device)
    return stats["losses"], stats["acc"], val_loss, val_acc


if __name__ == "__main__":
    mx.random.seed(3)
    batches = [(mx.random.normal((8, 1, 8, 8)), mx.random.randint(0, 4, (8,), dtype=mx.int64)) for _ in range(10)]
    print(run_epoch(Classifier(), batches)[1:])
    print(Trainer(Classifier()).fit(batches)[-1])
