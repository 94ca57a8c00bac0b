import mlx.nn as nn

from .dropout_rate import has_layer_setting, set_dropout_rate
from .get_attribute import _key_of
from .register_buffer import set_tensor


def set_by_name(module, name, value):
    """PyTorch's `setattr(module, name, value)` with a name that only the run knows: what a layer or the port calls otherwise is set there."""
    if isinstance(module, nn.Module):
        if name == "p" and has_layer_setting(module, name):
            set_dropout_rate(module, value)
            return
        key = _key_of(module, name)
        if key not in (None, name) and key in module:
            setattr(module, key, value)
            return
    set_tensor(module, name, value)
