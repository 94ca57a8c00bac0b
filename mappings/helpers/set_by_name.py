import gc

import mlx.nn as nn

from .add_module import add_module
from .dropout_rate import has_layer_setting, set_dropout_rate
from .get_attribute import _key_of
from .is_parameter import is_parameter
from .register_buffer import _holds_layers, holds_arrays, set_tensor
from .torch_name import torch_name


def set_by_name(module, name, value):
    """PyTorch's `setattr(module, name, value)` with a name that only the run knows: what a layer or the port calls otherwise is set there."""
    if not _set_elsewhere(module, name, value):
        set_tensor(module, name, value)


def set_member(holder, name, value):
    """The same where a layer or a parameter may be what is set, in a module or a list that stands for a `ModuleList`."""
    if _set_elsewhere(holder, name, value):
        return
    if isinstance(holder, nn.Module) and holds_arrays(value) and not _is_held_parameter(value):
        set_tensor(holder, name, value)
    else:
        setattr(holder, name, value)


def _is_held_parameter(value):
    """Whether a module holds that very array as a parameter: arrays don't know it, and a module is a dict that does."""
    return holder_of(value) is not None


def holder_of(value, beside=None):
    """The module, but for `beside`, that holds that very array as a parameter, and the key that it has there."""
    if isinstance(value, (list, tuple, dict)):
        return None
    holders = [holder for holder in gc.get_referrers(value) if isinstance(holder, nn.Module) and holder is not beside]
    held = ((holder, key) for holder in holders for key, own in dict.items(holder) if own is value)
    return next(((holder, key) for holder, key in held if is_parameter(holder, torch_name(holder, key))), None)


def delete_member(holder, name):
    """PyTorch's `delattr(holder, name)`."""
    key = _key_of(holder, name) if isinstance(holder, nn.Module) else None
    delattr(holder, key or name)


def _set_elsewhere(holder, name, value):
    """Sets what has no place by the name itself, and says whether that was so."""
    is_module = isinstance(holder, nn.Module)
    if is_module and name == "p" and has_layer_setting(holder, name):
        set_dropout_rate(holder, value)
        return True
    key = _key_of(holder, name) if is_module else None
    if key not in (None, name) and key in holder:
        setattr(holder, key, value)
        return True
    # MLX hides names with an underscore, has `keys` for itself, and takes "0" for a place in a list.
    is_taken = is_module and key is None and (name.startswith("_") or name.endswith("_") or name.isdigit() or hasattr(nn.Module, name))
    if (is_taken or type(holder) is list) and _holds_layers(value):
        add_module(holder, name, value)
        return True
    return False
