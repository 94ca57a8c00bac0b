from typing import Dict, Iterable, Tuple

import torch
from torch import nn


def train_step(model: nn.Module, batch: Tuple[torch.Tensor, torch.Tensor], criterion: nn.Module,
               optimizer: torch.optim.Optimizer) -> float:
    """One update. Returns the loss before it."""
    inputs, targets = batch
    outputs = model(inputs)
    loss = criterion(outputs, targets)
    optimizer.zero_grad(); loss.backward(); optimizer.step()
    return loss.item()


def train_one_epoch(model: nn.Module, loader: Iterable, criterion: nn.Module, optimizer: torch.optim.Optimizer,
                    device: torch.device, epoch: int, log_every: int = 4) -> Dict[str, float]:
    model.train()
    running_loss, correct, total = 0.0, 0, 0
    losses = []
    for batch_idx, (inputs, targets) in enumerate(loader):
        inputs, targets = inputs.to(device), targets.to(device)
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = criterion(outputs, targets)
        loss.backward()
        optimizer.step()

        # the outputs are needed again for the accuracy
        running_loss += loss.item()
        _, predicted = outputs.max(1)
        total += targets.size(0)
        correct += predicted.eq(targets).sum().item()
        losses.append(loss.item())
        if batch_idx % log_every == 0:
            print(f"epoch {epoch} batch {batch_idx}: loss {running_loss / (batch_idx + 1):.3f} "
                  f"| acc {100. * correct / total:.1f}% ({correct}/{total})")
    return {"losses": losses, "loss": running_loss / len(losses), "acc": correct / total}


@torch.no_grad()
def evaluate(model: nn.Module, loader: Iterable, criterion: nn.Module, device: torch.device) -> Tuple[float, float]:
    model.eval()
    test_loss = 0
    correct = 0
    n = 0
    for data, target in loader:
        data, target = data.to(device), target.to(device)
        output = model(data)
        test_loss += criterion(output, target).item() * data.size(0)
        pred = output.argmax(dim=1, keepdim=True)
        correct += pred.eq(target.view_as(pred)).sum().item()
        n += len(data)
    return test_loss / n, correct / n
