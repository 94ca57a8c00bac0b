import mlx.nn as nn

from .register_buffer import keep_place, visible_name


def add_module(module, name, child):
    """PyTorch's `module.add_module`: a container takes the child in, another module sets the attribute."""
    own = getattr(type(module), "add_module", None)
    if own is not None:
        own(module, name, child)
    elif type(module) is list:
        module[int(name) : int(name) + 1] = [child]
    elif isinstance(module, nn.Sequential):
        module.layers.append(child)
    else:
        keep_place(module, visible_name(module, name), child)
