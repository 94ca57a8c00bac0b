import mlx.nn as nn

from .get_attribute import get_attribute, has_attribute
from .module_tree import _as_module, _holds_modules
from .state_dict import _candidates


def member_on_path(value, name, *default):
    """``getattr(value, name, default)`` where `name` is one of a dotted path, and `value` may be a list: it stands for a `ModuleList`, whose children are numbers."""
    if isinstance(value, (list, nn.Sequential)):
        for holder, key in _candidates(value, name):
            return holder[key]
    found = get_attribute(value, name, *default)
    return _as_module(found) if _holds_modules(found) else found


def has_member_on_path(value, name):
    """``hasattr(value, name)`` of the same."""
    return isinstance(value, (list, nn.Sequential)) and any(_candidates(value, name)) or has_attribute(value, name)
