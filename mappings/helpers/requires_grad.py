from .module_tree import modules
from .torch_name import shown_to_mlx


def _owner(module, param):
    """(owner, name) of the array `param` below `module`."""
    for owner in modules(module):
        for name, value in owner.items():
            if value is param:
                return owner, shown_to_mlx(name)
    raise ValueError("the array is no parameter of the module, or it is held in a list: freeze the module that holds it")


def requires_grad(module, param):
    """PyTorch's `param.requires_grad` for a parameter of `module`: an MLX module knows which of its arrays are trained."""
    owner, name = _owner(module, param)
    return name not in owner._no_grad


def set_requires_grad(module, param, requires_grad=True):
    """PyTorch's `param.requires_grad = requires_grad` for a parameter of `module`: the module that holds the array freezes it."""
    owner, name = _owner(module, param)
    if requires_grad:
        owner.unfreeze(keys=[name], recurse=False)
    else:
        owner.freeze(keys=[name], recurse=False)
