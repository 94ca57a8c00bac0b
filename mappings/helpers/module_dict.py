import sys

import mlx.core as mx
import mlx.nn as nn

from .maybe_frozen import _Frozen
from .torch_module import _TorchModule
from .torch_name import shown_to_mlx


def _is_asked_by_mlx():
    return sys._getframe(2).f_globals["__name__"] == nn.Module.__module__


class ModuleDict(_TorchModule):
    """PyTorch's `nn.ModuleDict` as a class of its own, for subclasses, `isinstance` tests and digit keys.

    An MLX module is a dict, so the modules are simply its items. For MLX, `"_a"` is `"a_"`.
    """

    has_given_names = True
    value_type = nn.Module

    def __init__(self, modules=None):
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __bool__(self):
        return len(self) > 0

    def __getitem__(self, key):
        if isinstance(key, int) and _is_asked_by_mlx():
            name = self._numbered().get(key)
            return {} if name is None else super().__getitem__(name)
        return super().__getitem__(self._key_of(key))

    def __setitem__(self, key, value):
        super().__setitem__(self._numbered()[key] if isinstance(key, int) else self._key_of(key), value)

    def __contains__(self, key):
        return super().__contains__(self._key_of(key) if _is_asked_by_mlx() else key)

    def items(self):
        return {shown_to_mlx(key): value for key, value in super().items()}.items() if _is_asked_by_mlx() else super().items()

    def _key_of(self, key):
        """The key that MLX knows by another name."""
        if isinstance(key, str) and key.endswith("_") and not super().__contains__(key):
            return next((own for own in self if own.startswith("_") and shown_to_mlx(own) == key), key)
        return key

    def __len__(self):
        return max(self._numbered(), default=-1) + 1 if _is_asked_by_mlx() else super().__len__()

    def _numbered(self):
        """The keys by number: `Module.update` gets weights under keys that are all numbers, as "10" or "0_1", as a list with gaps."""
        numbered = {}
        for key in self:
            try:
                number = int(key)
            except ValueError:
                continue
            if number < 0 or number in numbered:
                raise KeyError(f"MLX has no place for {key}: load weights with load_state_dict")
            numbered[number] = key
        return numbered

    def __setattr__(self, name, value):
        # What a subclass keeps beside the modules is none of the items. An empty list may be an `nn.ModuleList` that is filled later.
        if isinstance(value, (dict, list, tuple)) and value != [] and not self._is_value(value):
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

    def add_module(self, name, module):
        self[name] = module

    def _is_value(self, value):
        # A list of modules stands for an `nn.ModuleList`.
        if isinstance(value, (list, tuple)):
            return any(self._is_value(item) for item in value)
        return isinstance(value, self.value_type)

    def update(self, modules, strict=True):
        """Add `modules`; given a tree of arrays it is `Module.update`, which optimizers call."""
        pairs = list(modules.items() if hasattr(modules, "items") else modules)
        if any(isinstance(pair, (tuple, list)) and self._is_value(pair[1]) for pair in pairs):
            for key, module in pairs:
                self[key] = module
            return self
        return nn.Module.update(self, modules, strict)


class ParameterDict(ModuleDict):
    """PyTorch's `nn.ParameterDict` as a class of its own; the arrays are its items."""

    value_type = (mx.array, _Frozen)

    def update(self, modules, strict=True):
        # PyTorch sorts a plain dict.
        is_new = type(modules) is dict and any(self._is_value(value) for value in modules.values())
        return super().update(sorted(modules.items()) if is_new else modules, strict)

    def __setitem__(self, key, value):
        super().__setitem__(key, value.data if isinstance(value, _Frozen) else value)
        if isinstance(value, _Frozen):
            self.freeze(keys=[shown_to_mlx(str(key))], recurse=False)
