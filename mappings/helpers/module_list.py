from .maybe_frozen import _Frozen
from .numbered_children import _NumberedChildren


class ModuleList(_NumberedChildren):
    """PyTorch's `nn.ModuleList` as a class of its own, for subclasses and `isinstance` tests.

    A plain list is all that most models need.
    """

    def __init__(self, modules=None):
        super().__init__()
        self.extend(() if modules is None else modules)

    def __getitem__(self, key):
        return type(self)(self._child_values()[key]) if isinstance(key, slice) else super().__getitem__(key)

    def __setitem__(self, key, module):
        if isinstance(key, str) and key.isdigit():
            self.add_module(key, module)
        else:
            super().__setitem__(key, module)

    def __contains__(self, item):
        if isinstance(item, str):
            return super().__contains__(item)
        return any(item is child for child in self)

    def __add__(self, other):
        return type(self)([*self, *other])


class ParameterList(ModuleList):
    """PyTorch's `nn.ParameterList` as a class of its own; the arrays are its children."""

    def add_module(self, name, module):
        super().add_module(name, module.data if isinstance(module, _Frozen) else module)
        if isinstance(module, _Frozen):
            self.freeze(keys=[self._child_keys[-1]], recurse=False)
