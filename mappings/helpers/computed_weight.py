from .made_class import _made_class


class _ComputingModule:
    """A module with weights that are computed from other arrays when they are read: `_computed` maps names to functions."""

    def __getitem__(self, name):
        compute = self.__dict__.get("_computed", {}).get(name)
        return super().__getitem__(name) if compute is None else compute(self)

    def __setitem__(self, name, value):
        compute = self.__dict__.get("_computed", {}).get(name)
        if compute is None:
            super().__setitem__(name, value)
        elif hasattr(compute, "assign"):
            compute.assign(self, value)
        else:
            raise NotImplementedError(f"{name} is computed from other arrays: set those")

    def __contains__(self, name):
        return name in self.__dict__.get("_computed", {}) or super().__contains__(name)

    def get(self, name, default=None):
        return self[name] if name in self else default

    def __call__(self, *args, **kwargs):
        for compute in self._computed.values():
            compute.before_call(self)
        return super().__call__(*args, **kwargs)


def _compute_weight(module, name, compute, class_name=None):
    """Let `compute` give `module.name`, which is an array until now. PyTorch gives some of such modules a class with a name of its own."""
    module.pop(name)
    object.__setattr__(module, "_computed", {**module.__dict__.get("_computed", {}), name: compute})
    if not isinstance(module, _ComputingModule):
        module.__class__ = _made_class(type(module), _ComputingModule, class_name)
    return module


def _compute_parametrized(module, name, compute):
    return _compute_weight(module, name, compute, f"Parametrized{type(module).__name__}")


def _at(holder, path):
    for key in path:
        holder = dict.__getitem__(holder, key)
    return holder
