from collections import OrderedDict

import mlx.nn as nn

from .numbered_children import _NumberedChildren
from .torch_name import torch_name


class Sequential(_NumberedChildren, nn.Sequential):
    """PyTorch's `nn.Sequential`: has a length, is indexed, sliced and iterated, and names its children as PyTorch does."""

    def __init__(self, *args):
        nn.Module.__init__(self)
        self._set_child_keys(())
        if len(args) == 1 and isinstance(args[0], OrderedDict):
            items = args[0].items()
        else:
            items = ((str(i), layer) for i, layer in enumerate(args))
        for name, layer in items:
            self.add_module(name, layer)

    def __getitem__(self, key):
        if isinstance(key, slice):
            names = [torch_name(self, key) for key in self._child_keys[key]]
            return type(self)(OrderedDict(zip(names, self._child_values()[key])))
        return super().__getitem__(key)

    def __setattr__(self, name, value):
        if isinstance(value, nn.Module):
            self.add_module(name, value)
        else:
            super().__setattr__(name, value)

    def __call__(self, input):
        for module in self:
            input = module(input)
        return input

    def __add__(self, other):
        return Sequential(*self, *other)

    def __mul__(self, times):
        return Sequential(*list(self) * times)

    __rmul__ = __mul__

    def __imul__(self, times):
        return self.extend(list(self) * (times - 1))
