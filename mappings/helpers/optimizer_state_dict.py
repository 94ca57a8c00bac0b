import copy

from .foreign_optimizer import _FOREIGN_OPTIMIZER
from .param_groups import _FIXED, param_groups


class OptimizerState(dict):
    """What `optimizer_state_dict` gives: it goes on to change with its optimizer, as PyTorch's does, until it is copied."""

    owner = None

    def __deepcopy__(self, memo):
        return copy.deepcopy(dict(self), memo)

    def __reduce__(self):
        return dict, (dict(self),)


def optimizer_state_dict(optimizer):
    """PyTorch's `optimizer.state_dict()`: the state itself, and a copy of the settings of each group."""
    groups = []
    for group in param_groups(optimizer):
        known = {key: group[key] for key in _FIXED if key in group}
        groups.append({**known, **{key: value for key, value in group.items() if key != "params"}})
    state = OptimizerState(state=_own_if_empty(optimizer.state), param_groups=groups)
    state.owner = optimizer
    return state


def load_optimizer_state_dict(optimizer, state_dict):
    """PyTorch's `optimizer.load_state_dict`: the settings of each group, and the arrays of the parameters, which are not copied."""
    state = state_dict["state"] if "param_groups" in state_dict else state_dict
    saved = state_dict["param_groups"] if "param_groups" in state_dict else []
    if any("params" in settings for settings in saved):
        raise ValueError(_FOREIGN_OPTIMIZER)
    groups = param_groups(optimizer)
    if saved and len(groups) != len(saved):
        raise ValueError("loaded state dict has a different number of parameter groups")
    if getattr(state_dict, "owner", optimizer) is not optimizer:
        # Each keeps a learning rate and a count of steps of its own there.
        state = [dict(own) for own in state] if isinstance(state, list) else dict(state)
    if hasattr(optimizer.state, "go_by"):
        kept = dict(state)
        optimizer.state.clear()
        optimizer.state.update(kept)
    else:
        optimizer.state = _own_if_empty(state)
    for group, settings in zip(groups, saved):
        for key, value in settings.items():
            group[key] = value


def _own_if_empty(state):
    """A state that holds nothing of a parameter yet stays so: PyTorch shares the arrays that are there, and no dictionary."""
    if isinstance(state, list):
        return [_own_if_empty(own) for own in state]
    return dict(state) if type(state) is dict and set(state) <= {"step", "learning_rate"} else state
