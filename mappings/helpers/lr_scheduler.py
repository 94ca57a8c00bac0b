import numpy as np

# PyTorch saves Nones in the place of functions.
_NOT_SAVED = ("optimizer", "lr_lambdas", "scale_fn")


class LRScheduler:
    """PyTorch's `LRScheduler` on an MLX optimizer, or on a list of them: one for each parameter group.

    It sets `optimizer.learning_rate` on each call of `step()`, wherever that stands; an MLX schedule would advance
    with every update instead. Subclasses define `get_lr()`, and `closed_form(base_lr)` where PyTorch has one.
    """

    _is_initial = False

    def __init__(self, optimizer, last_epoch=-1, verbose=False):
        self.optimizer = optimizer
        for own in self._optimizers():
            if last_epoch == -1:
                own.initial_lr = getattr(own, "initial_lr", _lr_of(own))
            elif not hasattr(own, "initial_lr"):
                raise KeyError("the optimizer has no initial_lr, which last_epoch needs")
        self.base_lrs = [own.initial_lr for own in self._optimizers()]
        self.last_epoch = last_epoch
        self._initial_step()

    def _optimizers(self):
        return _optimizers_of(self.optimizer)

    def _lrs(self):
        return [_lr_of(own) for own in self._optimizers()]

    def _initial_step(self):
        self._step_count = 0
        self._is_initial = True
        self.step()
        self._is_initial = False

    def get_lr(self):
        raise NotImplementedError

    def get_last_lr(self):
        return self._last_lr

    def step(self, epoch=None):
        self._step_count += 1
        self._update_lr(epoch)

    def _update_lr(self, epoch=None):
        if epoch is None:
            self.last_epoch += 1
            lrs = self.get_lr()
        else:
            self.last_epoch = epoch
            lrs = [self.closed_form(base) for base in self.base_lrs] if hasattr(self, "closed_form") else self.get_lr()
        for own, lr in zip(self._optimizers(), lrs, strict=True):
            _set_lr(own, lr)
        self._last_lr = self._lrs()

    def state_dict(self):
        return {key: value for key, value in self.__dict__.items() if key not in _NOT_SAVED}

    def load_state_dict(self, state_dict):
        self.__dict__.update({key: value for key, value in state_dict.items() if key not in _NOT_SAVED})


def _optimizers_of(optimizer):
    if isinstance(optimizer, (list, tuple)):
        return list(optimizer)
    return list(getattr(optimizer, "optimizers", [optimizer]))


def _lr_of(optimizer):
    """The learning rate in double precision as far as it is known: schedulers multiply it again and again."""
    lr = np.float32(optimizer.learning_rate.item())
    exact = getattr(optimizer, "exact_lr", None)
    return exact if exact is not None and np.float32(exact) == lr else float(str(lr))


def _set_lr(optimizer, lr):
    optimizer.exact_lr = lr
    optimizer.learning_rate = lr


def _per_group(value, optimizer):
    count = len(_optimizers_of(optimizer))
    values = list(value) if isinstance(value, (list, tuple)) else [value] * count
    if len(values) != count:
        raise ValueError(f"{len(values)} values for {count} parameter groups")
    return values


def _set_momentum(optimizer, momentum):
    """The momentum of SGD, or beta 1 of the Adam family: what cyclic schedules move against the learning rate."""
    optimizer.has_set_settings = True  # `state_dict` keeps them
    if hasattr(optimizer, "betas"):
        optimizer.betas = (momentum, *optimizer.betas[1:])
    elif hasattr(optimizer, "momentum"):
        optimizer.momentum = momentum
    else:
        raise ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
