import itertools

from .made_class import _made_class


class RemovableHandle:
    """What registering a hook gives: `remove()` takes the hook away again. It also works as a context manager."""

    _ids = itertools.count()

    def __init__(self, hooks, hook, prepend):
        self.hooks, self.id = hooks, next(self._ids)
        others = list(hooks.items())
        hooks.clear()
        hooks.update([(self.id, hook), *others] if prepend else [*others, (self.id, hook)])

    def remove(self):
        self.hooks.pop(self.id, None)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.remove()


class _HookedModule:
    """Runs the hooks of a module around its calls."""

    def __call__(self, *args, **kwargs):
        hooks = self.__dict__["_hooks"]
        for hook, with_kwargs in list(hooks["before"].values()):
            result = hook(self, args, kwargs) if with_kwargs else hook(self, args)
            if result is not None and with_kwargs:
                args, kwargs = result
            elif result is not None:
                args = result if isinstance(result, tuple) else (result,)
        output = super().__call__(*args, **kwargs)
        for hook, with_kwargs in list(hooks["behind"].values()):
            result = hook(self, args, kwargs, output) if with_kwargs else hook(self, args, output)
            output = output if result is None else result
        return output


def _hooks(module, kind):
    """The hooks of a module. Python looks `__call__` up on the class, so from its first hook on, a module is of a class of its own that runs them."""
    if "_hooks" not in module.__dict__:
        module.__class__ = _made_class(type(module), _HookedModule)
        object.__setattr__(module, "_hooks", {"before": {}, "behind": {}})  # no array and no child of the module
    return module.__dict__["_hooks"][kind]


def register_forward_hook(module, hook, *, prepend=False, with_kwargs=False):
    """PyTorch's `module.register_forward_hook(hook)`: calls `hook(module, args, output)` behind every call; what it returns replaces the output."""
    return RemovableHandle(_hooks(module, "behind"), (hook, with_kwargs), prepend)


def register_forward_pre_hook(module, hook, *, prepend=False, with_kwargs=False):
    """PyTorch's `module.register_forward_pre_hook(hook)`: calls `hook(module, args)` before every call; what it returns replaces the arguments."""
    return RemovableHandle(_hooks(module, "before"), (hook, with_kwargs), prepend)
