import inspect
from collections.abc import MutableMapping

import mlx.core as mx
import mlx.optimizers as optim
from mlx.utils import tree_flatten, tree_map_with_path

from .lr_scheduler import _lr_of, _set_lr
from .value_and_grad import _updated


class ParamGroups(optim.Optimizer):
    """PyTorch's parameter groups: an optimizer of the class for each, with the settings of the group or else the common ones.

    `params` is a list of groups, or of parameters of `model`. A parameter of no group is not updated, one without a
    gradient neither. `optim.MultiOptimizer` fails where a list ends in layers of one group only.
    """

    def __init__(self, model, params, optimizer_class, **settings):
        params = list(params)
        groups = params if params and all(isinstance(group, dict) for group in params) else [{"params": params}]
        self.model, self.optimizer_class, self.settings = model, optimizer_class, settings
        self.param_groups = []
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, group):
        paths = {id(array): path for path, array in tree_flatten(self.model.parameters())}
        arrays = [group["params"]] if isinstance(group["params"], mx.array) else list(group["params"])
        arrays = [array[1] if isinstance(array, tuple) else array for array in arrays]  # (name, parameter)
        unknown = [array.shape for array in arrays if id(array) not in paths]
        if unknown:
            raise ValueError(f"parameters of shapes {unknown} are none of the model's: it may have got others since they were listed")
        own = {key: value for key, value in group.items() if key != "params"}
        known = inspect.signature(self.optimizer_class).parameters
        settings = {key: value for key, value in {**self.settings, **own}.items() if key in known}
        more = {key: value for key, value in own.items() if key not in known}
        optimizer = self.optimizer_class(**settings)
        self.param_groups.append(ParamGroup(optimizer, self.model, [paths[id(array)] for array in arrays], more))

    @property
    def optimizers(self):
        return [group.optimizer for group in self.param_groups]

    @property
    def state(self):
        return [optimizer.state for optimizer in self.optimizers]

    @state.setter
    def state(self, states):
        for optimizer, state in zip(self.optimizers, states, strict=True):
            optimizer.state = state

    @property
    def learning_rate(self):
        return self.optimizers[0].learning_rate

    @learning_rate.setter
    def learning_rate(self, value):
        for optimizer in self.optimizers:
            optimizer.learning_rate = value

    def init(self, parameters):
        """The state of a parameter begins with its first gradient."""

    def update(self, model, gradients):
        parameters, gradients = dict(tree_flatten(model.trainable_parameters())), dict(tree_flatten(gradients))
        known = dict(tree_flatten(model.parameters()))
        updated = {}
        for group in self.param_groups:
            if not all(path in known for path in group.paths):
                raise ValueError("the parameter groups were made of another module")
            own = [(path, gradients[path]) for path in group.paths if path in gradients]
            updated.update(_updated(group.optimizer, own, parameters))
        model.update(tree_map_with_path(lambda path, array: updated.get(path, array), model.trainable_parameters()))


# PyTorch's settings that an MLX optimizer lacks: the value that it goes by.
_FIXED = {"weight_decay": 0, "amsgrad": False, "maximize": False, "momentum": 0, "dampening": 0, "nesterov": False}
_FIXED |= {"foreach": None, "fused": None, "capturable": False, "differentiable": False}


class ParamGroup(MutableMapping):
    """One of PyTorch's `optimizer.param_groups`: settings of an optimizer by PyTorch's names, and what else the program keeps with them."""

    def __init__(self, optimizer, model=None, paths=(), more=()):
        self.optimizer, self.model, self.paths, self.more = optimizer, model, paths, dict(more)

    def __getitem__(self, key):
        if key == "lr":
            return _lr_of(self.optimizer)
        if key == "params" and self.model is not None:
            parameters = dict(tree_flatten(self.model.parameters()))
            return [parameters[path] for path in self.paths]
        if key in self.more or not hasattr(self.optimizer, key):
            return self.more[key] if key in self.more or key not in _FIXED else _FIXED[key]
        return getattr(self.optimizer, key)

    def __setitem__(self, key, value):
        if key == "lr":
            _set_lr(self.optimizer, value)
            return
        self.optimizer.has_set_settings = True  # `state_dict` keeps them
        if key != "params" and hasattr(self.optimizer, key):
            setattr(self.optimizer, key, value)
        elif key in _FIXED and value != _FIXED[key]:
            raise ValueError(f"{type(self.optimizer).__name__} has no {key} that could be set")
        else:
            self.more[key] = value

    def __delitem__(self, key):
        del self.more[key]

    def __iter__(self):
        settings = (*inspect.signature(type(self.optimizer)).parameters, "initial_lr")
        return iter(("lr", *(key for key in settings if key not in self.more and key in vars(self.optimizer)), *self.more))

    def __len__(self):
        return len(list(iter(self)))


def param_groups(optimizer):
    """PyTorch's `optimizer.param_groups`; an MLX optimizer is one group."""
    if hasattr(optimizer, "param_groups"):
        return optimizer.param_groups
    if not hasattr(optimizer, "own_group"):
        optimizer.own_group = ParamGroup(optimizer, more=vars(optimizer).pop("more", {}))
    return [optimizer.own_group]
