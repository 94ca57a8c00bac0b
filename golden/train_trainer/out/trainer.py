import copy
import logging
import os
from collections import defaultdict
from typing import Any, Dict, Optional

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import mlx_compat as compat

logger = logging.getLogger(__name__)


class EarlyStopping:
    def __init__(self, patience: int = 2, delta: float = 0.0):
        self.patience = patience
        self.delta = delta
        self.counter = 0
        self.best: Optional[float] = None

    def __call__(self, val_loss: float) -> bool:
        if self.best is None or val_loss < self.best - self.delta:
            self.best = val_loss
            self.counter = 0
        else:
            self.counter += 1
        return self.counter >= self.patience


class Trainer:
    """Trains, validates, remembers the best weights."""

    def __init__(self, model: nn.Module, optimizer: optim.Optimizer, scheduler: Optional[compat.LRScheduler] = None,
                 device: Optional[str] = None, grad_clip: Optional[float] = None) -> None:
        self.device = device if device is not None else "cpu"
        self.model = model
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.grad_clip = grad_clip
        self.loss_fn = compat.MSELoss()
        self.history: Dict[str, list] = defaultdict(list)
        self.global_step = 0
        self.best_state: Optional[Dict[str, Any]] = None

    def compute_loss(self, batch):
        x, y = (t for t in batch)
        pred = self.model(x)
        return self.loss_fn(pred, y), pred

    def training_step(self, batch) -> float:
        def forward_loss():
            loss, _ = self.compute_loss(batch)
            return loss

        loss, grads = nn.value_and_grad(self.model, forward_loss)()
        if self.grad_clip is not None:
            grads, _ = optim.clip_grad_norm(grads, max_norm=self.grad_clip)
        self.optimizer.update(self.model, grads)
        mx.eval(loss, self.model.parameters(), self.optimizer.state)
        self.global_step += 1
        return loss.item()

    def validate(self, batches) -> float:
        self.model.eval()
        total = 0.0
        for batch in batches:
            loss, _ = self.compute_loss(batch)
            total += loss.item()
        self.model.train()
        return total / len(batches)

    def fit(self, train_batches, val_batches, epochs: int, stopper: Optional[EarlyStopping] = None):
        self.model.train()
        for epoch in range(epochs):
            for batch in train_batches:
                self.history["train"].append(self.training_step(batch))
            val = self.validate(val_batches)
            if not self.history["val"] or val < min(self.history["val"]):
                self.best_state = copy.deepcopy(compat.state_dict(self.model))
            self.history["val"].append(val)
            self.history["lr"].append(self.optimizer.learning_rate.item())
            if self.scheduler is not None:
                self.scheduler.step()
            logger.info("epoch %d: %.4f", epoch, val)
            if stopper is not None and stopper(val):
                break
        return self.history["train"]

    def save_checkpoint(self, folder: str) -> str:
        path = os.path.join(folder, f"step_{self.global_step}.pt")
        compat.save_state({
            "model": compat.state_dict(self.model),
            "optimizer": self.optimizer.state,
            "step": self.global_step,
        }, path)
        return path

    def load_checkpoint(self, path: str) -> int:
        ckpt = compat.load_state(path)
        compat.load_state_dict(self.model, ckpt["model"])
        self.optimizer.state = ckpt["optimizer"]
        self.global_step = ckpt["step"]
        return self.global_step


class Regressor(nn.Module):
    def __init__(self, n_in: int = 4, hidden: int = 8):
        super().__init__()
        self.net = compat.Sequential(nn.Linear(n_in, hidden), nn.Tanh(), nn.Linear(hidden, 1))

    def __call__(self, x):
        return self.net(x)


def make_trainer(model: nn.Module, kind: str = "adamw", **kwargs) -> Trainer:
    optimizers = {
        "adam": lambda: optim.Adam(learning_rate=1e-2, bias_correction=True),
        "adamw": lambda: optim.AdamW(learning_rate=1e-2, weight_decay=0.05, bias_correction=True),
        "sgd": lambda: compat.SGD(lr=1e-2, momentum=0.9, dampening=0.1),
    }
    return Trainer(model, optimizers[kind](), **kwargs)


def make_scheduled(model: nn.Module) -> Trainer:
    optimizer = optim.SGD(learning_rate=0.1)
    return Trainer(model, optimizer, scheduler=compat.StepLR(optimizer, step_size=2, gamma=0.5))
