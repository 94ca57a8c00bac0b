import argparse

import torch
import torch.nn as nn
import torch.optim as optim

from .data import batches, make_split
from .model import ShapeNet
from .utils import AverageMeter, accuracy, save_checkpoint, seed_everything


def parse_args(argv=None):
    parser = argparse.ArgumentParser(description="train the shape classifier")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--weight-decay", type=float, default=5e-4)
    parser.add_argument("--n-train", type=int, default=512)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-cuda", action="store_true", help="stay on the CPU")
    parser.add_argument("--save", default="shapes.pt")
    return parser.parse_args(argv)


def train_one_epoch(model, data, criterion, optimizer, batch_size, device):
    model.train()
    losses, accs = AverageMeter(), AverageMeter()
    for images, targets in batches(*data, batch_size):
        images, targets = images.to(device, non_blocking=True), targets.to(device, non_blocking=True)

        optimizer.zero_grad()
        outputs = model(images)
        loss = criterion(outputs, targets)
        loss.backward()
        optimizer.step()

        losses.update(loss.item(), images.size(0))
        accs.update(accuracy(outputs, targets), images.size(0))
    return losses.avg, accs.avg


def validate(model, data, criterion, batch_size, device):
    model.eval()
    losses, accs = AverageMeter(), AverageMeter()
    with torch.no_grad():
        for images, targets in batches(*data, batch_size, shuffle=False):
            images, targets = images.to(device), targets.to(device)
            outputs = model(images)
            losses.update(criterion(outputs, targets).item(), images.size(0))
            accs.update(accuracy(outputs, targets), images.size(0))
    return losses.avg, accs.avg


def main(argv=None):
    args = parse_args(argv)
    seed_everything(args.seed)
    use_cuda = not args.no_cuda and torch.cuda.is_available()
    device = torch.device("cuda" if use_cuda else "cpu")

    train_data = make_split(args.n_train, seed=1)
    val_data = make_split(128, seed=2)

    model = ShapeNet().to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.parameters(), lr=args.lr, momentum=args.momentum, weight_decay=args.weight_decay)

    best = 0.0
    for epoch in range(1, args.epochs + 1):
        loss, acc = train_one_epoch(model, train_data, criterion, optimizer, args.batch_size, device)
        val_loss, val_acc = validate(model, val_data, criterion, args.batch_size, device)
        print(f"epoch {epoch}: loss {loss:.3f} acc {acc:.1%} | val loss {val_loss:.3f} val acc {val_acc:.1%}")
        if val_acc >= best:
            best = val_acc
            save_checkpoint(model, args.save)
    print(f"best validation accuracy: {best:.1%}")


if __name__ == "__main__":
    main()
