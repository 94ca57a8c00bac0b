import gc

import mlx.core as mx
import mlx.nn as nn

from .module_apply import requires_grad_
from .torch_name import shown_to_mlx


def requires_grad_any(value, requires_grad=True):
    """`value.requires_grad_()`, where the value may be a module or an array.

    The module that holds an array freezes it. What no module holds is trained where `mx.grad` is told so.
    """
    if isinstance(value, (nn.Module, list)):
        return requires_grad_(value, requires_grad)
    if not isinstance(value, mx.array):
        return value.requires_grad_(requires_grad)
    owners = [owner for owner in gc.get_referrers(value) if isinstance(owner, nn.Module)]
    if not owners and not requires_grad:
        raise NotImplementedError("an MLX array can't be excluded from gradients: freeze the module that holds it")
    for owner in owners:
        keys = [shown_to_mlx(key) for key, own in owner.items() if own is value]
        owner.unfreeze(keys=keys, recurse=False) if requires_grad else owner.freeze(keys=keys, recurse=False)
    return value
