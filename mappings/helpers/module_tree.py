import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten

from .torch_name import torch_name


def _members(module):
    """(PyTorch's name, holder, key) of every array and module that `module` holds itself, also in lists and dicts."""
    for key, value in list(module.items()):
        if key.startswith("_") and key not in module.__dict__.get("_buffer_names", ()):
            continue  # MLX takes such names for private: they are no parameters
        if key == "layers" and type(module) is nn.Sequential:  # PyTorch does not name the list
            for i in range(len(value)):
                yield from _expand(str(i), value, i)
        else:
            yield from _expand(torch_name(module, key), module, key)
    for name, (owner, key) in module.__dict__.get("_tied", {}).items():
        yield name, owner, key


def _expand(name, holder, key):
    value = holder[key]
    if isinstance(value, (mx.array, nn.Module)):
        yield name, holder, key
    elif isinstance(value, (list, dict)):
        for inner in value if isinstance(value, dict) else range(len(value)):
            yield from _expand(f"{name}.{inner}", value, inner)


def _arrays(module, prefix="", remove_duplicate=True):
    """(path of the owner, name in the owner, owner, holder, key) of every array: a module's own ones, then its children's."""
    for path, owner in named_modules(module, prefix, remove_duplicate):
        own = [member for member in _members(owner) if isinstance(member[1][member[2]], mx.array)]
        for name, holder, key in sorted(own, key=lambda member: member[1] is not owner):
            yield path, name, owner, holder, key


def _joined(path, name):
    return f"{path}.{name}" if path else name


def _is_buffer(owner, name):
    stats = isinstance(owner, nn.BatchNorm) and name in ("running_mean", "running_var")
    return stats or name in owner.__dict__.get("_buffer_names", ())


def named_children(module):
    """PyTorch's `named_children`, except that the elements of a plain list are children themselves."""
    for name, holder, key in _members(module):
        if isinstance(holder[key], nn.Module):
            yield name, holder[key]


def children(module):
    """The modules of `named_children`."""
    return (child for _, child in named_children(module))


def named_modules(module, prefix="", remove_duplicate=True):
    """PyTorch's `named_modules`: parents first, in the order of assignment, every module once.

    `Module.named_modules` of MLX walks backwards and repeats shared modules.
    """
    seen = set()

    def walk(module, path):
        if remove_duplicate and id(module) in seen:
            return
        seen.add(id(module))
        yield path, module
        for name, child in named_children(module):
            yield from walk(child, _joined(path, name))

    return walk(module, prefix)


def modules(module):
    """PyTorch's `modules`: parents first, in the order of assignment, every module once."""
    return (child for _, child in named_modules(module))


def named_parameters(module, prefix="", recurse=True, remove_duplicate=True):
    """PyTorch's `named_parameters`: its names and order, buffers left out, a shared array once."""
    seen = set()
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
    """PyTorch's parameters with `requires_grad`: an iterator of arrays, a shared or tied one once."""
    seen = set()
    for _, array in tree_flatten(module.trainable_parameters()):
        if id(array) not in seen:
            seen.add(id(array))
            yield array


def named_buffers(module, prefix="", recurse=True, remove_duplicate=True):
    """PyTorch's `named_buffers`: what `register_buffer` registered, and the statistics of batch normalisation."""
    for path, owner in named_modules(module, prefix, remove_duplicate):
        if not recurse and owner is not module:
            break
        own = {name: holder[key] for name, holder, key in _members(owner) if _is_buffer(owner, name)}
        plain = {name: getattr(owner, name) for name in sorted(owner.__dict__.get("_plain_names", ()))}
        for name, array in (*own.items(), *plain.items()):
            if isinstance(array, mx.array):
                yield _joined(path, name), array


def buffers(module, recurse=True):
    """PyTorch's `buffers`: an iterator of arrays."""
    return (array for _, array in named_buffers(module, recurse=recurse))
