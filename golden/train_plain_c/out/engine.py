from typing import Dict, Iterable, Tuple

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim


def train_step(model: nn.Module, batch: Tuple[mx.array, mx.array], criterion: nn.Module,
               optimizer: optim.Optimizer) -> float:
    """One update. Returns the loss before it."""
    inputs, targets = batch
    def loss_fn():
        outputs = model(inputs)
        loss = criterion(outputs, targets)
        return loss

    loss, grads = nn.value_and_grad(model, loss_fn)(); optimizer.update(model, grads)
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss.item()


def train_one_epoch(model: nn.Module, loader: Iterable, criterion: nn.Module, optimizer: optim.Optimizer,
                    device: str, epoch: int, log_every: int = 4) -> Dict[str, float]:
    model.train()
    running_loss, correct, total = 0.0, 0, 0
    losses = []
    for batch_idx, (inputs, targets) in enumerate(loader):
        def loss_fn():
            outputs = model(inputs)
            loss = criterion(outputs, targets)
            return loss, outputs

        (loss, outputs), grads = nn.value_and_grad(model, loss_fn)()
        optimizer.update(model, grads)
        mx.eval(loss, model.parameters(), optimizer.state)

        # the outputs are needed again for the accuracy
        running_loss += loss.item()
        _, predicted = (outputs.max(axis=1), outputs.argmax(axis=1).astype(mx.int64))
        total += targets.shape[0]
        correct += (predicted == targets).sum().item()
        losses.append(loss.item())
        if batch_idx % log_every == 0:
            print(f"epoch {epoch} batch {batch_idx}: loss {running_loss / (batch_idx + 1):.3f} "
                  f"| acc {100. * correct / total:.1f}% ({correct}/{total})")
    return {"losses": losses, "loss": running_loss / len(losses), "acc": correct / total}


def evaluate(model: nn.Module, loader: Iterable, criterion: nn.Module, device: str) -> Tuple[float, float]:
    model.eval()
    test_loss = 0
    correct = 0
    n = 0
    for data, target in loader:
        output = model(data)
        test_loss += criterion(output, target).item() * data.shape[0]
        pred = output.argmax(axis=1, keepdims=True).astype(mx.int64)
        correct += (pred == target.reshape(pred.shape)).sum().item()
        n += len(data)
    return test_loss / n, correct / n
