from .module_tree import _named_children, named_buffers, named_parameters


def own_modules(module):
    """PyTorch's `module._modules`: the modules that `module` holds itself, by name. A dict of its own: to change it changes nothing."""
    return dict(_named_children(module))


def own_buffers(module):
    """PyTorch's `module._buffers`, as a dict of its own."""
    return dict(named_buffers(module, recurse=False, remove_duplicate=False))


def own_parameters(module):
    """PyTorch's `module._parameters`, as a dict of its own."""
    return dict(named_parameters(module, recurse=False, remove_duplicate=False))
