import mlx.core as mx
import mlx.nn as nn

from .maybe_frozen import _Frozen
from .torch_module import _TorchModule


class ModuleDict(_TorchModule):
    """PyTorch's `nn.ModuleDict` as a class of its own, for subclasses, `isinstance` tests and digit keys.

    An MLX module is a dict, so the modules are simply its items.
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
        # MLX reads a flat tree whose keys are all digits as a list, so `load_weights` needs the keys 0 to n - 1.
        if isinstance(key, int) and str(key) not in self:
            raise KeyError(f"no module {key}: load weights into digit keys with load_state_dict")
        return super().__getitem__(str(key) if isinstance(key, int) else key)

    def __setitem__(self, key, value):
        super().__setitem__(str(key) if isinstance(key, int) else key, value)

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

    def __setitem__(self, key, value):
        super().__setitem__(key, value.data if isinstance(value, _Frozen) else value)
        if isinstance(value, _Frozen):
            self.freeze(keys=[str(key)], recurse=False)
