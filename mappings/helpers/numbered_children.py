from .torch_module import _TorchModule
from .torch_name import rename_in_mlx, shown_to_mlx


class _NumberedChildren(_TorchModule):
    """A container whose children are its own entries, under PyTorch's names: `"0"`, `"1"`, or given ones. So weights have PyTorch's names.

    MLX reads names that are all digits as places in a list. A digit name that is not the place of its child, as
    in a slice, would mean another one, and gets an underscore: `"4_"`. It hides names with an underscore in front: `"_a"` is `"a_"`.
    """

    has_given_names = True

    def __init__(self):
        super().__init__()
        self._set_child_keys(())

    def _set_child_keys(self, keys):
        # Past `Module.__setattr__`, which would put a tuple into the module's dict.
        object.__setattr__(self, "_child_keys", tuple(keys))

    def _child_values(self):
        return [super(_NumberedChildren, self).__getitem__(key) for key in self._child_keys]

    def add_module(self, name, module):
        shown = shown_to_mlx(name) if name.startswith("_") else name + "_"
        key = next((key for key in (name, shown) if key in self._child_keys), None)
        if key is None:
            key = name
            if name.startswith("_") or name.isdigit() and int(name) != len(self._child_keys):
                key = shown
                rename_in_mlx(self, name, key)
            self._set_child_keys((*self._child_keys, key))
        super().__setitem__(key, module)

    def _renumber(self, children):
        for key in self._child_keys:
            super().pop(key)
        self._set_child_keys(())
        self.extend(children)

    def append(self, module):
        self.add_module(str(len(self._child_keys)), module)
        return self

    def extend(self, modules):
        for module in modules:
            self.append(module)
        return self

    def insert(self, index, module):
        children = self._child_values()
        children.insert(index, module)
        self._renumber(children)
        return self

    def pop(self, key, *default):
        if isinstance(key, str):
            return super().pop(key, *default)
        module = self[key]
        del self[key]
        return module

    def __getitem__(self, key):
        return super().__getitem__(key if isinstance(key, str) else self._child_keys[key])

    def __setitem__(self, key, module):
        super().__setitem__(key if isinstance(key, str) else self._child_keys[key], module)

    def __delitem__(self, key):
        if isinstance(key, str) and key not in self._child_keys:
            super().__delitem__(key)
            return
        children = self._child_values()
        del children[self._child_keys.index(key) if isinstance(key, str) else key]
        self._renumber(children)

    def __bool__(self):
        return len(self._child_keys) > 0

    def __len__(self):
        return len(self._child_keys)

    def __iter__(self):
        return iter(self._child_values())

    def __reversed__(self):  # a dict gives its keys
        return reversed(self._child_values())

    def __iadd__(self, modules):
        return self.extend(modules)
