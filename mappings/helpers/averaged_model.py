import math

import mlx.core as mx
from mlx.utils import tree_map

from .clone_module import clone_module
from .lr_scheduler import LRScheduler, _per_group
from .register_buffer import register_buffer
from .torch_module import _TorchModule


class AveragedModel(_TorchModule):
    """PyTorch's `swa_utils.AveragedModel`: the mean of a model's parameters over time.

    `avg_fn(averaged, current, num_averaged)` replaces the plain mean, as `get_ema_avg_fn(decay)` does. Buffers are
    copied from the start, or averaged too with `use_buffers`.
    """

    def __init__(self, model, device=None, avg_fn=None, multi_avg_fn=None, use_buffers=False):
        super().__init__()
        self.module = clone_module(model)
        self.module.freeze()
        self.avg_fn = avg_fn or multi_avg_fn
        self.use_buffers = use_buffers
        register_buffer(self, "n_averaged", mx.array(0, mx.int64))

    def __call__(self, *args, **kwargs):
        return self.module(*args, **kwargs)

    def update_parameters(self, model):
        count = self.n_averaged.item()

        def average(new, old):
            if count == 0:
                return mx.array(new)
            if self.avg_fn is not None:
                return self.avg_fn(old, new, count)
            return old + (new - old) / (count + 1)

        current = model.parameters() if self.use_buffers else model.trainable_parameters()
        self.module.update(tree_map(average, current, self.module))
        self.n_averaged = self.n_averaged + 1


def get_ema_avg_fn(decay=0.999):
    """PyTorch's `swa_utils.get_ema_avg_fn`: an exponential moving average."""
    return lambda averaged, current, num_averaged: averaged + (1 - decay) * (current - averaged)


class SWALR(LRScheduler):
    """PyTorch's `swa_utils.SWALR`: anneals to `swa_lr` and stays there."""

    def __init__(self, optimizer, swa_lr, anneal_epochs=10, anneal_strategy="cos", last_epoch=-1):
        self.swa_lrs = _per_group(swa_lr, optimizer)
        self.anneal_epochs, self.anneal_strategy = anneal_epochs, anneal_strategy
        super().__init__(optimizer, last_epoch)

    def _progress(self, step):
        t = max(0, min(1, step / max(1, self.anneal_epochs)))
        return (1 - math.cos(math.pi * t)) / 2 if self.anneal_strategy == "cos" else t

    def get_lr(self):
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._progress(step - 1), self._progress(step)
        lrs = []
        for lr, swa_lr in zip(self._lrs(), self.swa_lrs):
            start = swa_lr if before == 1 else (lr - before * swa_lr) / (1 - before)
            lrs.append(swa_lr * now + start * (1 - now))
        return lrs
