import math

from .lr_scheduler import LRScheduler, _per_group, _set_lr, _set_momentum


def _cosine_between(start, end, progress):
    return end + (start - end) / 2 * (math.cos(math.pi * progress) + 1)


def _line_between(start, end, progress):
    return (end - start) * progress + start


class OneCycleLR(LRScheduler):
    """PyTorch's `OneCycleLR`: up to `max_lr` and down to almost nothing; momentum or beta 1 moves the other way."""

    def __init__(self, optimizer, max_lr, total_steps=None, epochs=None, steps_per_epoch=None, pct_start=0.3,
                 anneal_strategy="cos", cycle_momentum=True, base_momentum=0.85, max_momentum=0.95, div_factor=25.0,
                 final_div_factor=1e4, three_phase=False, last_epoch=-1):
        self.optimizer = optimizer
        self.total_steps = epochs * steps_per_epoch if total_steps is None else total_steps
        self.cycle_momentum = cycle_momentum
        self.anneal_strategy = anneal_strategy
        peak = pct_start * self.total_steps - 1
        last = self.total_steps - 1
        # (last step, index of the level that it comes from, index of the level that it goes to)
        self.phases = [(peak, 0, 1), (last, 1, 2)]
        if three_phase:
            self.phases = [(peak, 0, 1), (2 * pct_start * self.total_steps - 2, 1, 0), (last, 0, 2)]
        self.levels = [(lr / div_factor, lr, lr / div_factor / final_div_factor) for lr in _per_group(max_lr, optimizer)]
        momenta = zip(_per_group(base_momentum, optimizer), _per_group(max_momentum, optimizer))
        self.momenta = [(high, low, high) for low, high in momenta]
        if last_epoch == -1:
            for own, (initial, _, _) in zip(self._optimizers(), self.levels):
                own.initial_lr = initial
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step = self.last_epoch
        if step > self.total_steps:
            raise ValueError(f"tried to step {step} times, the total number of steps is {self.total_steps}")
        start = 0.0
        for end, source, target in self.phases[:-1]:
            if step <= end:
                break
            start = end
        else:
            end, source, target = self.phases[-1]
        progress = (step - start) / (end - start)
        between = _cosine_between if self.anneal_strategy == "cos" else _line_between
        if self.cycle_momentum:
            for own, momenta in zip(self._optimizers(), self.momenta):
                _set_momentum(own, between(momenta[source], momenta[target], progress))
        return [between(levels[source], levels[target], progress) for levels in self.levels]


class CyclicLR(LRScheduler):
    """PyTorch's `CyclicLR`: triangles between `base_lr` and `max_lr`; momentum or beta 1 moves the other way."""

    def __init__(self, optimizer, base_lr, max_lr, step_size_up=2000, step_size_down=None, mode="triangular",
                 gamma=1.0, scale_fn=None, scale_mode="cycle", cycle_momentum=True, base_momentum=0.8,
                 max_momentum=0.9, last_epoch=-1):
        self.optimizer = optimizer
        base_lrs = _per_group(base_lr, optimizer)
        if last_epoch == -1:
            for own, lr in zip(self._optimizers(), base_lrs):
                _set_lr(own, lr)
        self.max_lrs = _per_group(max_lr, optimizer)
        self.total_size = step_size_up + (step_size_up if step_size_down is None else step_size_down)
        self.step_ratio = step_size_up / self.total_size
        if scale_fn is None:
            scale_mode = "iterations" if mode == "exp_range" else "cycle"
        self.mode, self.gamma, self.scale_fn, self.scale_mode = mode, gamma, scale_fn, scale_mode
        self.cycle_momentum = cycle_momentum
        self.base_momentums = _per_group(base_momentum, optimizer)
        self.max_momentums = _per_group(max_momentum, optimizer)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def _scale(self, x):
        if self.scale_fn is not None:
            return self.scale_fn(x)
        return {"triangular": 1.0, "triangular2": 1 / 2.0 ** (x - 1), "exp_range": self.gamma**x}[self.mode]

    def get_lr(self):
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1 + self.last_epoch / self.total_size - cycle
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        height *= self._scale(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            for own, low, high in zip(self._optimizers(), self.base_momentums, self.max_momentums):
                _set_momentum(own, high - (high - low) * height)
        return [low + (high - low) * height for low, high in zip(self.base_lrs, self.max_lrs)]
