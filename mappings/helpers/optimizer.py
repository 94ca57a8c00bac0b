import mlx.core as mx
import mlx.optimizers as optim
from mlx.utils import tree_flatten


class Optimizer(optim.Optimizer):
    """Base of a program's own optimizers: as in PyTorch, their `step` goes over `param_groups` and changes the arrays in place.

    `update(model, gradients)` calls it; `grad_of(p)` is PyTorch's `p.grad`, and `None` where a parameter has no gradient.
    """

    def __init__(self, params, defaults):
        super().__init__()
        self.defaults, self.param_groups = defaults, []
        self._state, self._model, self._paths, self._gradients = StateOfArrays(), None, [], None
        params = list(params)
        for group in params if params and all(isinstance(group, dict) for group in params) else [{"params": params}]:
            self.add_param_group(group)

    def add_param_group(self, param_group):
        group = {**self.defaults, **param_group}
        arrays = [group["params"]] if isinstance(group["params"], mx.array) else list(group["params"])
        group["params"] = [array[1] if isinstance(array, tuple) else array for array in arrays]  # (name, parameter)
        self.param_groups.append(group)
        if self._model is not None:
            self.of(self._model)

    def of(self, model):
        """Notes whose parameters they are: each gradient gives a module new arrays, so that they are known by their places."""
        known = {id(array): path for path, array in tree_flatten(model.parameters())}
        noted = list(self._paths)
        for group in self.param_groups[len(noted) :]:
            unknown = [array.shape for array in group["params"] if id(array) not in known]
            if unknown:
                raise ValueError(f"parameters of shapes {unknown} are none of the model's: it may have got others since they were listed")
            noted.append([known[id(array)] for array in group["params"]])
        self._model, self._paths = model, noted
        self._state.go_by(known)  # `__init__` may have begun the states of parameters
        return self

    @property
    def optimizers(self):
        """The groups, as schedules set them."""
        return [SettingsOfGroup(group) for group in self.param_groups]

    @property
    def learning_rate(self):
        return self.optimizers[0].learning_rate

    @learning_rate.setter
    def learning_rate(self, value):
        for group in self.param_groups:
            group["lr"] = value

    def zero_grad(self, set_to_none=True):
        """Gradients are values of one `update`."""

    def init(self, parameters):
        """The state of a parameter begins in `step`."""

    def update(self, model, gradients):
        if self._model is None:
            raise ValueError("it is not known whose parameters they are: say it where the optimizer is made, `.of(model)`")
        own = dict(tree_flatten(self._model.parameters()))
        paths = {id(array): path for path, array in tree_flatten(model.parameters())}
        given = dict(tree_flatten(gradients))
        for group, places in zip(self.param_groups, self._paths, strict=True):
            group["params"] = [own[place] for place in places]
            if not all(id(array) in paths for array in group["params"]):
                raise ValueError("the optimizer was made of another module")
        self._state.go_by({id(array): place for place, array in own.items()})
        self._gradients = {key: given[path] for key, path in paths.items() if path in given}
        try:
            self.step()
        finally:
            self._gradients = None

    def grad_of(self, parameter):
        if self._gradients is None:
            raise RuntimeError("there are gradients while `update(model, gradients)` runs")
        return self._gradients.get(id(parameter))


class SettingsOfGroup:
    """A parameter group whose settings are attributes, its learning rate under MLX's name."""

    def __init__(self, group):
        self.__dict__["group"] = group

    def __getattr__(self, name):
        if name == "learning_rate":
            return mx.array(self.group["lr"])
        name = "lr" if name == "exact_lr" else name
        if name not in self.group:
            raise AttributeError(name)
        return self.group[name]

    def __setattr__(self, name, value):
        self.group["lr" if name in ("learning_rate", "exact_lr") else name] = value


class StateOfArrays(dict):
    """PyTorch's `optimizer.state`: a dict for each parameter, made when it is asked for; by its place in the module."""

    places = {}

    def go_by(self, places):
        self.places = places
        for key in [key for key in self if key in places]:
            super().__setitem__(places[key], super().pop(key))

    def _key(self, key):
        return self.places.get(id(key), id(key)) if isinstance(key, mx.array) else key

    def __missing__(self, key):
        return self.setdefault(key, {})

    def __getitem__(self, key):
        return super().__getitem__(self._key(key))

    def __setitem__(self, key, value):
        super().__setitem__(self._key(key), value)

    def __delitem__(self, key):
        super().__delitem__(self._key(key))

    def __contains__(self, key):
        return super().__contains__(self._key(key))

    def get(self, key, default=None):
        return super().get(self._key(key), default)

    def setdefault(self, key, default=None):
        return super().setdefault(self._key(key), default)

    def pop(self, key, *default):
        return super().pop(self._key(key), *default)
