import torch
import torch.nn.functional as F

from net.model import Net


def resumed(path):
    return torch.load(path)


def save(path, model: Net, optimizer: torch.optim.Optimizer, scheduler, **more):
    checkpoint = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict(), **more}
    torch.save(checkpoint, path)


def resume(path, model: Net, optimizer: torch.optim.Optimizer, scheduler):
    checkpoint = torch.load(path, weights_only=False)
    model.load_state_dict(checkpoint["model"])
    optimizer.load_state_dict(checkpoint["optimizer"])
    scheduler.load_state_dict(checkpoint["scheduler"])
    return checkpoint


def tied():
    model = Net()
    model.keys.weight = model.extra.weight
    return model


def fit(model, optimizer, image, ids, steps):
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(image, ids).flatten(0, 1), ids.flatten())
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def adamw(model: Net):
    return torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)


def amsgrad(model: Net):
    return torch.optim.Adam(model.parameters(), lr=1e-3, amsgrad=True)


def sgd(model: Net):
    return torch.optim.SGD(model.parameters(), lr=1e-2, momentum=0.9)


def dampened(model: Net):
    return torch.optim.SGD(model.parameters(), lr=1e-2, momentum=0.9, dampening=0.5)


def rmsprop(model: Net):
    return torch.optim.RMSprop(model.parameters(), lr=1e-4)


def centered(model: Net):
    return torch.optim.RMSprop(model.parameters(), lr=1e-4, momentum=0.5, centered=True)


def adagrad(model: Net):
    return torch.optim.Adagrad(model.parameters(), lr=1e-3)


def adadelta(model: Net):
    return torch.optim.Adadelta(model.parameters(), lr=0.1)


def adamax(model: Net):
    return torch.optim.Adamax(model.parameters(), lr=1e-3)


def radam(model: Net):
    return torch.optim.RAdam(model.parameters(), lr=1e-3)


def rprop(model: Net):
    return torch.optim.Rprop(model.parameters(), lr=1e-4)


def nadam(model: Net):
    return torch.optim.NAdam(model.parameters(), lr=1e-3)


def asgd(model: Net):
    return torch.optim.ASGD(model.parameters(), lr=1e-2, lambd=1e-2, t0=2)


def adafactor(model: Net):
    return torch.optim.Adafactor(model.parameters(), lr=1e-2)


def stepped(model: Net):
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
    return optimizer, torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)


def warmed(model: Net):
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-2, momentum=0.9)
    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 4))


def grouped(model: Net):
    decayed = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    optimizer = torch.optim.Adam([{"params": decayed, "weight_decay": 0.1}, {"params": others, "lr": 1e-4}], lr=1e-3)
    return optimizer, torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=6)


def fit_by(model, optimizer, scheduler, image, ids, steps):
    losses = []
    for _ in range(steps):
        losses += fit(model, optimizer, image, ids, 1)
        scheduler.step()
    return losses
