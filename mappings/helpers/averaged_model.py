import math

import mlx.core as mx
import mlx.nn as nn

from .clone_module import clone_module
from .lr_scheduler import LRScheduler, _per_group
from .module_tree import _arrays, _is_buffer, modules, named_modules
from .register_buffer import register_buffer
from .same_pass import _buffer_places
from .torch_module import _TorchModule


class AveragedModel(_TorchModule):
    """PyTorch's `swa_utils.AveragedModel`: the mean of a model's parameters over time.

    `avg_fn(averaged, current, num_averaged)` replaces the plain mean, as `get_ema_avg_fn(decay)` does; `multi_avg_fn` changes
    a list of averaged arrays. Buffers are the model's, or averaged too with `use_buffers`.
    """

    def __init__(self, model, device=None, avg_fn=None, multi_avg_fn=None, use_buffers=False):
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = clone_module(model)
        self.avg_fn, self.multi_avg_fn = avg_fn, multi_avg_fn
        self.use_buffers = use_buffers
        register_buffer(self, "n_averaged", mx.array(0, mx.int64))

    def __call__(self, *args, **kwargs):
        return self.module(*args, **kwargs)

    def update_parameters(self, model):
        averaged, current = _parameter_places(self.module), _parameter_places(model)
        averaged_buffers, current_buffers = _all_buffer_places(self.module), _all_buffer_places(model)
        if self.use_buffers:
            averaged, current = averaged + averaged_buffers, current + current_buffers
        old, new = ([holder[key] for holder, key in places] for places in (averaged, current))
        if self.n_averaged.item() == 0:
            values = new
        elif self.multi_avg_fn is not None:
            values = _averaged_together(self.multi_avg_fn, old, new, self.n_averaged)
        else:
            average = self.avg_fn or get_swa_avg_fn()
            values = [average(before, now, self.n_averaged) for before, now in zip(old, new)]
        if not self.use_buffers:
            old = old + [holder[key] for holder, key in averaged_buffers]
            values = values + [holder[key] for holder, key in current_buffers]
        for before, value in zip(old, values):
            before[...] = value.astype(before.dtype)
        self.n_averaged += 1


def _parameter_places(module):
    return [(holder, key) for _, name, owner, holder, key in _arrays(module) if not _is_buffer(owner, name)]


def _all_buffer_places(module):
    return [place for _, owner in named_modules(module) for place in _buffer_places(owner)]


def _averaged_together(average, old, new, num_averaged):
    """What `average` makes of copies of `old`: arrays of one dtype at a time, as in PyTorch."""
    values = [mx.array(array) for array in old]
    for dtype in dict.fromkeys(array.dtype for array in old):
        places = [i for i, array in enumerate(old) if array.dtype == dtype]
        group = [values[i] for i in places]
        average(group, [new[i] for i in places], num_averaged)
        for i, value in zip(places, group):
            values[i] = value
    return values


def get_ema_avg_fn(decay=0.999):
    """PyTorch's `swa_utils.get_ema_avg_fn`: an exponential moving average."""
    return lambda averaged, current, num_averaged: averaged + (1 - decay) * (current - averaged)


def get_swa_avg_fn():
    """PyTorch's `swa_utils.get_swa_avg_fn`: the mean of all."""
    return lambda averaged, current, num_averaged: averaged + (current - averaged) / (num_averaged + 1)


def _for_lists(average):
    def update(averaged, current, num_averaged):
        for old, new in zip(averaged, current):
            old[...] = average(old, new, num_averaged).astype(old.dtype)

    return update


def get_ema_multi_avg_fn(decay=0.999):
    """PyTorch's `swa_utils.get_ema_multi_avg_fn`: an exponential moving average of a list of arrays, in place."""
    return _for_lists(get_ema_avg_fn(decay))


def get_swa_multi_avg_fn():
    """PyTorch's `swa_utils.get_swa_multi_avg_fn`: the mean of all, of a list of arrays, in place."""
    return _for_lists(get_swa_avg_fn())


def update_bn(loader, model, device=None):
    """PyTorch's `swa_utils.update_bn`: takes the running statistics of all batch normalisations anew, as the plain average over a pass."""
    norms = [module for module in modules(model) if isinstance(module, nn.BatchNorm)]
    if not norms:
        return
    was_training, momenta = model.training, [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    model.train()
    for input in loader:
        model(input[0] if isinstance(input, (list, tuple)) else input)
    for norm, momentum in zip(norms, momenta):
        norm.momentum = momentum
    model.train(was_training)


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
