import weakref

import mlx.core as mx
import mlx.nn as nn

from .freeze_always import freeze_always, release
from .torch_name import rename_in_mlx


def register_buffer(module, name, tensor, persistent=True):
    """PyTorch's `module.register_buffer`: an array that belongs to the module but is not trained.

    A persistent buffer is in `parameters()` and in saved weights, and stays frozen after
    `unfreeze()`. Another one is kept outside of the module's dict: it reads as `module.name`, and
    neither `parameters()` nor weight files see it. Later assignments keep the kind.
    """
    names = module.__dict__.get("_buffer_names", ())
    if name not in names:
        # Past `Module.__setattr__`, which would put a tuple into the module's dict.
        object.__setattr__(module, "_buffer_names", (*names, name))
    if not persistent:
        _hide_names(module, (name,))
        setattr(module, name, tensor)
        return
    key = visible_name(module, name)
    if name in module.__dict__.get("_plain_names", ()):
        # It stood for a plain tensor, or for a buffer that wasn't saved.
        module._plain_names = module._plain_names - {name, key}
        module.__dict__.pop(name, None)
    freeze_always(module, key)
    keep_place(module, key, tensor)


def keep_place(module, key, value):
    """Sets the entry `key`. As in PyTorch, one that is None for now has its place among the others, for what is assigned later."""
    if value is None:
        known = module.__dict__.get("_places", ())
        places = (*known, *(other for other in dict.__iter__(module) if other not in known), key)
        object.__setattr__(module, "_places", places)
    setattr(module, key, value)


def visible_name(module, name):
    """Where `module` keeps what PyTorch calls `name`: MLX hides names with an underscore in front, has `keys` for itself, and takes "0" for a place in a list.

    What a port can't tell from its own name is noted.
    """
    key = name.lstrip("_") + "_" if name.startswith("_") or name.isdigit() or hasattr(nn.Module, name) else name
    if key != name or name.endswith("_"):
        rename_in_mlx(module, name, key)
    if key != name:
        _keep_names(type(module))
    return key


def plain_attribute(module, name, value):
    """PyTorch's `module.name = tensor`: an array, or a list of arrays, that is neither trained nor saved.

    It reads as `module.name`; MLX would make a parameter of it. Later assignments keep the kind. A buffer of this name gets another value.
    """
    plain_names(module, name)
    setattr(module, name, value)


def plain_of_module(value, name, items):
    """PyTorch's `value.name = [layer]`: where `value` is a module, the layers are none of its parts."""
    if isinstance(value, nn.Module):
        plain_attribute(value, name, items)
    else:
        setattr(value, name, items)


def plain_names(module, *names):
    """What `module` gets by these names from here on is neither trained nor saved: see plain_attribute."""
    buffers = module.__dict__.get("_buffer_names", ())
    # One that was deleted is a buffer no more.
    _hide_names(module, [name for name in names if name not in buffers or name not in module and name not in module.__dict__])


def _hide_names(module, names):
    module._plain_names = module.__dict__.get("_plain_names", frozenset()).union(names)
    _keep_names(type(module))
    for name in names:
        if name in module:
            object.__setattr__(module, name, dict.pop(module, name))


def new_plain_names(module, *names):
    """`plain_names` for what a module gets from outside: a parameter or buffer that has one of the names keeps it."""
    if isinstance(module, nn.Module):
        plain_names(module, *(name for name in names if name not in module))


def forget_array(module, name, key):
    """Undoes `register_buffer` and `plain_attribute`: what `module` gets by this name from here on is trained and saved."""
    for noted, gone in (("_plain_names", (name, key)), ("_buffer_names", (name,))):
        if any(other in module.__dict__.get(noted, ()) for other in gone):
            names = module.__dict__[noted]
            object.__setattr__(module, noted, type(names)(other for other in names if other not in gone))
            for place in gone:
                module.__dict__.pop(place, None)
                dict.pop(module, place, None)
            release(module, key)


def set_plain(module, name, value):
    """PyTorch's `module.name = tensor`, where the tensor is no parameter: a buffer that has this name gets it, else it is neither trained nor saved."""
    if name in module:
        setattr(module, name, value)
    else:
        plain_attribute(module, name, value)


def set_tensor(module, name, value):
    """PyTorch's `setattr(module, name, tensor)`: a buffer that has this name gets another value; what is new is neither trained nor saved.

    Layers, lists of layers and what was made a parameter are set as they are.
    """
    if not isinstance(module, nn.Module) or _holds_layers(value):
        setattr(module, name, value)
    elif is_made_parameter(value):
        key = visible_name(module, name)
        forget_array(module, name, key)
        keep_place(module, key, value)
    elif name not in module:
        plain_attribute(module, name, value)
    else:
        setattr(module, name, value)


# By the id of an array, for as long as it lives.
_made_parameters = {}


def note_parameter(array):
    """Notes of an array that PyTorch's is an `nn.Parameter`: whatever gets it by a name that only the run knows trains it."""
    _made_parameters[id(array)] = weakref.ref(array, lambda _, key=id(array): _made_parameters.pop(key, None))
    return array


def is_made_parameter(value):
    """Whether a value is an array that was made a parameter before any module got it."""
    return isinstance(value, mx.array) and id(value) in _made_parameters


def _holds_layers(value):
    """Whether a value is a layer, or a list, tuple or dict with some, as an `nn.ModuleList` is in MLX."""
    return _holds(value, nn.Module)


def holds_arrays(value):
    """Whether a value is an array, or a list, tuple or dict with some."""
    return _holds(value, mx.array)


def _holds(value, kind):
    if isinstance(value, (list, tuple, dict)) and not isinstance(value, kind):
        return any(_holds(item, kind) for item in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, kind)


def _keep_names(cls):
    """Let the names in `_plain_names` bypass the dict of an MLX module, and those in `_torch_names` stand for the entries that they have there.

    MLX decides by the type of the value alone, so `self.name = array` would make a parameter.
    """
    assign, find = cls.__setattr__, cls.__getattr__
    if getattr(assign, "keeps_names", False):
        return

    def key_of(self, name):
        names = self.__dict__.get("_torch_names")
        return next((key for key, torch in names.items() if torch == name), name) if names else name

    def __setattr__(self, name, value):
        if name in self.__dict__.get("_plain_names", ()):
            object.__setattr__(self, name, value)
        else:
            assign(self, key_of(self, name), value)

    def __getattr__(self, name):
        key = key_of(self, name)
        return find(self, name) if key == name else getattr(self, key)

    __setattr__.keeps_names = True
    cls.__setattr__, cls.__getattr__ = __setattr__, __getattr__
