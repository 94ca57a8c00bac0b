import mlx.nn as nn

from .torch_module import _TorchModule


class ModuleList(_TorchModule):
    """PyTorch's `nn.ModuleList` as a class of its own, for subclasses and `isinstance` tests.

    The modules are in the plain list `layers`, which is all that most models need.
    """

    children_in = "layers"

    def __init__(self, modules=None):
        super().__init__()
        self.layers = [] if modules is None else list(modules)

    def __bool__(self):
        return len(self.layers) > 0

    def __len__(self):
        return len(self.layers)

    def __iter__(self):
        return iter(self.layers)

    def __getitem__(self, key):
        if isinstance(key, str):
            return self.layers[int(key)] if key.isdigit() else super().__getitem__(key)
        return type(self)(self.layers[key]) if isinstance(key, slice) else self.layers[key]

    def __setitem__(self, key, module):
        if isinstance(key, str) and not key.isdigit():
            super().__setitem__(key, module)
        else:
            self.layers[int(key)] = module

    def __delitem__(self, key):
        if isinstance(key, str) and not key.isdigit():
            super().__delitem__(key)
        else:
            del self.layers[key]

    def __contains__(self, item):
        if isinstance(item, str):
            return super().__contains__(item)
        return any(item is layer for layer in self.layers)

    def __add__(self, other):
        return type(self)([*self, *other])

    def append(self, module):
        self.layers.append(module)
        return self

    def extend(self, modules):
        self.layers.extend(modules)
        return self

    def insert(self, index, module):
        self.layers.insert(index, module)

    def add_module(self, name, module):
        if not name.isdigit():
            self[name] = module
        elif int(name) < len(self.layers):
            self.layers[int(name)] = module
        else:
            self.layers.append(module)

    def pop(self, key, *default):
        return super().pop(key, *default) if isinstance(key, str) else self.layers.pop(key)


class ParameterList(ModuleList):
    """PyTorch's `nn.ParameterList` as a class of its own; the arrays are in the list `layers`."""
