import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten

from .torch_name import torch_name


def _called_module_list(cls):
    """Programs print `type(module).__name__`, and compare it."""
    cls.__name__ = "ModuleList"
    return cls


@_called_module_list
class _ListedModules(nn.Module):
    """What PyTorch's `ModuleList` is, for a plain list of modules: a module with numbered children, which are set in the list too."""

    # `isinstance(module, nn.ModuleList)` is `isinstance(module, list)` in a port.
    __class__ = property(lambda self: list)

    def __setattr__(self, name, value):
        if name.isdigit():
            self._listed[int(name) : int(name) + 1] = [value]
        super().__setattr__(name, value)

    def add_module(self, name, module):
        setattr(self, name, module)

    def append(self, module):
        self.insert(len(self._listed), module)
        return self

    def extend(self, modules):
        self[len(self._listed) :] = modules
        return self

    def insert(self, index, module):
        self._listed.insert(index, module)
        self._number()

    def pop(self, key=-1, *default):
        if isinstance(key, str):
            return super().pop(key, *default)
        module = self._listed.pop(key)
        self._number()
        return module

    def _number(self):
        dict.clear(self)
        for i, item in enumerate(self._listed):
            dict.__setitem__(self, str(i), item)
        return self

    def __setitem__(self, key, value):
        if isinstance(key, str):
            return super().__setitem__(key, value)
        self._listed[key] = value
        self._number()

    def __delitem__(self, key):
        del self._listed[int(key) if isinstance(key, str) else key]
        self._number()

    def __getitem__(self, key):
        return super().__getitem__(key) if isinstance(key, str) else self._listed[key]

    def __len__(self):
        return len(self._listed)

    def __iter__(self):
        return iter(self._listed)


def _as_module(value):
    if type(value) is not list:
        return value
    module = _ListedModules()
    module._training = any(_as_module(item).training for item in value if isinstance(item, (nn.Module, list)))
    object.__setattr__(module, "_listed", value)
    return module._number()


def _holds_modules(value):
    return type(value) is list and any(isinstance(item, nn.Module) or _holds_modules(item) for item in value)


def _own(module):
    """(PyTorch's name, holder, key) of every entry of `module`, lists and dicts as they are."""
    own = list(_own_entries(module))
    places = module.__dict__.get("_places", ())
    own.sort(key=lambda entry: places.index(entry[2]) if entry[2] in places else len(places))
    # In PyTorch a tied weight keeps the place of the one that it stands for.
    for name, (owner, key) in module.__dict__.get("_tied", {}).items():
        place = module.__dict__["_tied_places"][name]
        own.insert(len(own) if place is None else place, (name, owner, key))
    return own


def _own_entries(module):
    for key, value in list(module.items()):
        is_given = getattr(module, "has_given_names", False)
        if key.startswith("_") and key not in module.__dict__.get("_buffer_names", ()) and not is_given:
            continue  # MLX takes such names for private: they are no parameters
        if key == "layers" and type(module) is nn.Sequential:  # PyTorch does not name the list
            yield from ((str(i), value, i) for i in range(len(value)))
        else:
            yield torch_name(module, key), module, key


def _members(module):
    """(PyTorch's name, holder, key) of every array and module that `module` holds itself, also in lists and dicts."""
    for name, holder, key in _own(module):
        yield from _expand(name, holder, key)


def _expand(name, holder, key):
    value = holder[key]
    if isinstance(value, (mx.array, nn.Module)):
        yield name, holder, key
    elif isinstance(value, (list, dict)):
        for inner in value if isinstance(value, dict) else range(len(value)):
            yield from _expand(f"{name}.{inner}", value, inner)


def _arrays(module, prefix="", remove_duplicate=True):
    """(path of the owner, name in the owner, owner, holder, key) of every array: a module's own parameters, its buffers, then its children's."""
    for path, owner in named_modules(module, prefix, remove_duplicate):
        own = [member for member in _members(owner) if isinstance(member[1][member[2]], mx.array)]
        tied = owner.__dict__.get("_tied", {})
        is_inner = lambda name, holder, key: holder is not owner and name not in tied
        for name, holder, key in sorted(own, key=lambda member: 2 if is_inner(*member) else _is_buffer(owner, member[0])):
            yield path, name, owner, holder, key


def _joined(path, name):
    return f"{path}.{name}" if path else name


def _is_buffer(owner, name):
    stats = isinstance(owner, nn.BatchNorm) and name in ("running_mean", "running_var")
    return stats or name in owner.__dict__.get("_buffer_names", ())


def _hidden_buffers(owner):
    """The names of buffers that MLX does not see: they are not saved. One that was deleted has no value."""
    plain = owner.__dict__.get("_plain_names", ())
    return [name for name in owner.__dict__.get("_buffer_names", ()) if name in plain and name in owner.__dict__]


def named_children(module):
    """PyTorch's `named_children`: every child once. A plain list of modules stands for a `ModuleList`, and is one child."""
    seen = {}
    for name, child in _named_children(module):
        if id(child) not in seen:
            seen[id(child)] = child
            yield name, child


def _named_children(module):
    module = _as_module(module)
    for name, holder, key in _own(module):
        yield from _children_at(name, holder[key])


def _children_at(name, value):
    if isinstance(value, nn.Module):
        yield name, value
    elif _holds_modules(value):
        yield name, _as_module(value)
    elif type(value) is dict:
        for key, inner in value.items():
            yield from _children_at(f"{name}.{key}", inner)


def children(module):
    """The modules of `named_children`."""
    return (child for _, child in named_children(module))


def named_modules(module, prefix="", remove_duplicate=True):
    """PyTorch's `named_modules`: parents first, in the order of assignment, every module once.

    `Module.named_modules` of MLX walks backwards and repeats shared modules.
    """
    seen = {}  # holds the modules, so that no other one gets their `id`

    def walk(module, path):
        if remove_duplicate and id(module) in seen:
            return
        seen[id(module)] = module
        yield path, module
        for name, child in _named_children(module):
            yield from walk(child, _joined(path, name))

    return walk(_as_module(module), prefix)


def modules(module):
    """PyTorch's `modules`: parents first, in the order of assignment, every module once."""
    return (child for _, child in named_modules(module))


def named_parameters(module, prefix="", recurse=True, remove_duplicate=True):
    """PyTorch's `named_parameters`: its names and order, buffers left out, a shared array once."""
    seen = set()
    module = _as_module(module)
    for path, name, owner, holder, key in _arrays(module, prefix, remove_duplicate):
        array = holder[key]
        if (not recurse and owner is not module) or _is_buffer(owner, name):
            continue
        if not remove_duplicate or id(array) not in seen:
            seen.add(id(array))
            yield _joined(path, name), array


def parameters(module, recurse=True):
    """PyTorch's `parameters`: an iterator of arrays."""
    return (array for _, array in named_parameters(module, recurse=recurse))


def trainable_parameters(module):
    """PyTorch's parameters with `requires_grad`: an iterator of arrays in PyTorch's order, a shared or tied one once."""
    trained = {id(array) for _, array in tree_flatten(module.trainable_parameters())}
    return (array for array in parameters(module) if id(array) in trained)


def named_parameters_with_gradients(module, grads):
    """Name, parameter and gradient, in the order of PyTorch's `named_parameters`; None for the gradient of one that is not trained."""
    paths = {id(array): path for path, array in tree_flatten(module.parameters())}
    found = dict(tree_flatten(grads))
    return ((name, array, found.get(paths.get(id(array)))) for name, array in named_parameters(module))


def parameters_with_gradients(module, grads):
    """Parameter and gradient, in the order of PyTorch's `parameters`."""
    return ((array, gradient) for _, array, gradient in named_parameters_with_gradients(module, grads))


def named_gradients(module, grads):
    """The gradients under PyTorch's names and in PyTorch's order: `tree_flatten(grads)` has the order in which a module got its arrays."""
    found = named_parameters_with_gradients(module, grads)
    return ((name, gradient) for name, _, gradient in found if gradient is not None)


def named_buffers(module, prefix="", recurse=True, remove_duplicate=True):
    """PyTorch's `named_buffers`: what `register_buffer` registered, and the statistics of batch normalisation."""
    module = _as_module(module)
    for path, owner in named_modules(module, prefix, remove_duplicate):
        if not recurse and owner is not module:
            break
        own = {name: holder[key] for name, holder, key in _members(owner) if _is_buffer(owner, name)}
        found = {**own, **{name: getattr(owner, name) for name in _hidden_buffers(owner)}}
        registered = [name for name in owner.__dict__.get("_buffer_names", ()) if name in found]
        for name in (*(name for name in found if name not in registered), *registered):
            if isinstance(found[name], mx.array):
                yield _joined(path, name), found[name]


def buffers(module, recurse=True):
    """PyTorch's `buffers`: an iterator of arrays."""
    return (array for _, array in named_buffers(module, recurse=recurse))
