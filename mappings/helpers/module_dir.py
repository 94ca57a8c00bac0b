from .module_tree import _own


def module_dir(module):
    """``dir(module)`` with the parameters, buffers and layers, under PyTorch's names."""
    return sorted({*object.__dir__(module), *(name for name, _, _ in _own(module))})
