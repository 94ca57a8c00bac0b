from collections import OrderedDict

import mlx.nn as nn

from .torch_module import _TorchModule


class Sequential(_TorchModule, nn.Sequential):
    """PyTorch's `nn.Sequential`: has a length, is indexed, sliced and iterated, and names its children.

    The children are in `layers`; `_child_names[i]` is the PyTorch name of `layers[i]`: `"0"` without a given name.
    """

    def __init__(self, *args):
        super().__init__()
        self._set_names()
        if len(args) == 1 and isinstance(args[0], OrderedDict):
            items = args[0].items()
        else:
            items = ((str(i), layer) for i, layer in enumerate(args))
        for name, layer in items:
            self.add_module(name, layer)

    def add_module(self, name, module):
        names = self.__dict__.get("_child_names", ())
        if name in names:
            self.layers[names.index(name)] = module
        else:
            self.layers.append(module)
            self._set_names((*names, name))

    def _set_names(self, names=None):
        # Past `Module.__setattr__`, which would put a tuple into the module's dict.
        object.__setattr__(self, "_child_names", names or tuple(str(i) for i in range(len(self.layers))))

    def append(self, module):
        self.add_module(str(len(self)), module)
        return self

    def extend(self, sequential):
        for module in sequential:
            self.append(module)
        return self

    def insert(self, index, module):
        self.layers.insert(index, module)
        self._set_names()
        return self

    def __getitem__(self, key):
        if isinstance(key, slice):
            return type(self)(OrderedDict(zip(self._child_names[key], self.layers[key])))
        return super().__getitem__(key) if isinstance(key, str) else self.layers[key]

    def __setitem__(self, key, module):
        if isinstance(key, str):
            super().__setitem__(key, module)
        else:
            self.layers[key] = module

    def __delitem__(self, key):
        if isinstance(key, str):
            super().__delitem__(key)
        else:
            del self.layers[key]
            self._set_names()

    def __getattr__(self, name):
        names = self.__dict__.get("_child_names", ())
        return self.layers[names.index(name)] if name in names else super().__getattr__(name)

    def __setattr__(self, name, value):
        if isinstance(value, nn.Module):
            self.add_module(name, value)
        else:
            super().__setattr__(name, value)

    def __bool__(self):
        return len(self.layers) > 0

    def __iter__(self):
        return iter(self.layers)

    def __len__(self):
        return len(self.layers)

    def pop(self, key, *default):
        if isinstance(key, str):
            return super().pop(key, *default)
        module = self[key]
        del self[key]
        return module

    def __add__(self, other):
        return Sequential(*self.layers, *other.layers)
