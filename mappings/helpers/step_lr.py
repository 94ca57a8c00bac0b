import bisect
from collections import Counter

from .lr_scheduler import LRScheduler, _per_group


class LambdaLR(LRScheduler):
    """PyTorch's `LambdaLR`: the initial rate times a function of the epoch."""

    def __init__(self, optimizer, lr_lambda, last_epoch=-1):
        self.lr_lambdas = _per_group(lr_lambda, optimizer)
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        return [base * factor(self.last_epoch) for base, factor in zip(self.base_lrs, self.lr_lambdas)]


class MultiplicativeLR(LambdaLR):
    """PyTorch's `MultiplicativeLR`: the last rate times a function of the epoch."""

    def get_lr(self):
        if self._is_initial:
            return self._lrs()
        return [lr * factor(self.last_epoch) for lr, factor in zip(self._lrs(), self.lr_lambdas)]


class StepLR(LRScheduler):
    """PyTorch's `StepLR`: times `gamma` every `step_size` epochs."""

    def __init__(self, optimizer, step_size, gamma=0.1, last_epoch=-1):
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        if self._is_initial or self.last_epoch % self.step_size:
            return self._lrs()
        return [lr * self.gamma for lr in self._lrs()]

    def closed_form(self, base_lr):
        return base_lr * self.gamma ** (self.last_epoch // self.step_size)


class MultiStepLR(LRScheduler):
    """PyTorch's `MultiStepLR`: times `gamma` at each milestone."""

    def __init__(self, optimizer, milestones, gamma=0.1, last_epoch=-1):
        self.milestones, self.gamma = sorted(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        if self._is_initial:
            return self._lrs()
        return [lr * self.gamma ** self.milestones.count(self.last_epoch) for lr in self._lrs()]

    def closed_form(self, base_lr):
        return base_lr * self.gamma ** bisect.bisect_right(self.milestones, self.last_epoch)

    def load_state_dict(self, state_dict):
        super().load_state_dict(state_dict)
        self.milestones = sorted(Counter(self.milestones).elements())  # as which PyTorch saves them


class ExponentialLR(LRScheduler):
    """PyTorch's `ExponentialLR`: times `gamma` every epoch."""

    def __init__(self, optimizer, gamma, last_epoch=-1):
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        return self._lrs() if self._is_initial else [lr * self.gamma for lr in self._lrs()]

    def closed_form(self, base_lr):
        return base_lr * self.gamma**self.last_epoch


class ConstantLR(LRScheduler):
    """PyTorch's `ConstantLR`: the rate times `factor` for the first `total_iters` epochs."""

    def __init__(self, optimizer, factor=1 / 3, total_iters=5, last_epoch=-1):
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        if self.last_epoch == 0:
            return [lr * self.factor for lr in self._lrs()]
        if self.last_epoch == self.total_iters:
            return [lr * (1 / self.factor) for lr in self._lrs()]
        return self._lrs()

    def closed_form(self, base_lr):
        return base_lr * (self.factor + (self.last_epoch >= self.total_iters) * (1 - self.factor))


class LinearLR(LRScheduler):
    """PyTorch's `LinearLR`: from `start_factor` to `end_factor` of the rate in `total_iters` epochs."""

    def __init__(self, optimizer, start_factor=1 / 3, end_factor=1.0, total_iters=5, last_epoch=-1):
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        if self.last_epoch == 0:
            return [lr * self.start_factor for lr in self._lrs()]
        if self._is_initial or self.last_epoch > self.total_iters:
            return self._lrs()
        rise = self.end_factor - self.start_factor
        factor = 1 + rise / (self.total_iters * self.start_factor + (self.last_epoch - 1) * rise)
        return [lr * factor for lr in self._lrs()]

    def closed_form(self, base_lr):
        progress = min(self.total_iters, self.last_epoch) / self.total_iters
        return base_lr * (self.start_factor + (self.end_factor - self.start_factor) * progress)


class PolynomialLR(LRScheduler):
    """PyTorch's `PolynomialLR`: down to zero in `total_iters` epochs."""

    def __init__(self, optimizer, total_iters=5, power=1.0, last_epoch=-1):
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        if self._is_initial or self.last_epoch > self.total_iters:
            return self._lrs()
        total = self.total_iters
        factor = ((1 - self.last_epoch / total) / (1 - (self.last_epoch - 1) / total)) ** self.power
        return [lr * factor for lr in self._lrs()]

    def closed_form(self, base_lr):
        return base_lr * (1 - min(self.total_iters, self.last_epoch) / self.total_iters) ** self.power
