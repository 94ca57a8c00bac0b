import bisect

from .lr_scheduler import _lr_of, _optimizers_of, _set_lr


class _SchedulerGroup:
    """Schedulers that share an optimizer, driven as one."""

    def get_last_lr(self):
        return self._last_lr

    def state_dict(self):
        state = {key: value for key, value in self.__dict__.items() if key not in ("optimizer", "_schedulers")}
        return {**state, "_schedulers": [scheduler.state_dict() for scheduler in self._schedulers]}

    def load_state_dict(self, state_dict):
        self.__dict__.update((key, value) for key, value in state_dict.items() if key != "_schedulers")
        for scheduler, state in zip(self._schedulers, state_dict["_schedulers"]):
            scheduler.load_state_dict(state)


class SequentialLR(_SchedulerGroup):
    """PyTorch's `SequentialLR`: the next scheduler takes over at each milestone."""

    def __init__(self, optimizer, schedulers, milestones, last_epoch=-1):
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(f"{len(schedulers)} schedulers need one milestone less, not {len(milestones)}")
        self.optimizer, self._schedulers, self._milestones = optimizer, schedulers, milestones
        self.last_epoch = last_epoch + 1
        for own in _optimizers_of(optimizer):
            _set_lr(own, own.initial_lr)
        self._undo_first_step(self)
        first = schedulers[bisect.bisect_right(milestones, 0)]
        first._initial_step()
        self._last_lr = first.get_last_lr()

    def _undo_first_step(self, scheduler):
        if hasattr(scheduler, "_schedulers"):
            for inner in scheduler._schedulers:
                self._undo_first_step(inner)
        else:
            scheduler.last_epoch -= 1

    def _initial_step(self):
        self._schedulers[0]._initial_step()

    def step(self):
        self.last_epoch += 1
        at = bisect.bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[at]
        if at > 0 and self._milestones[at - 1] == self.last_epoch:
            scheduler._update_lr(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


class ChainedScheduler(_SchedulerGroup):
    """PyTorch's `ChainedScheduler`: all schedulers step, each on the rate that the last one left."""

    def __init__(self, schedulers, optimizer=None):
        self._schedulers = list(schedulers)
        self.optimizer = self._schedulers[0].optimizer if optimizer is None else optimizer
        self._last_lr = [_lr_of(own) for own in _optimizers_of(self.optimizer)]

    def step(self):
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = [_lr_of(own) for own in _optimizers_of(self.optimizer)]
