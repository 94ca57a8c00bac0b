import mlx.nn as nn

from .made_class import _made, _made_class


def replace_forward(module, function):
    """PyTorch's `module.forward = function`.

    Python looks `__call__` up on the class, so the module gets a class of its own that runs `function`, and its old one back with its old forward.
    """
    if isinstance(module, type):
        module.__call__ = function
    elif not isinstance(module, nn.Module) or hasattr(type(module), "forward"):
        object.__setattr__(module, "forward", function)
    elif "_hooks" in module.__dict__:
        raise NotImplementedError("the forward of a module with hooks can't be replaced: register the hooks behind")
    else:
        own = vars(type(module).__bases__[0]).get("_replaced", type(module))
        if getattr(function, "__self__", None) is module and function.__func__ is own.__call__:
            module.__class__ = own
            return

        class _Replaced:
            _replaced = own

            def __call__(self, *args, **kwargs):
                return function(*args, **kwargs)

        module.__class__ = _made_class(own, _Replaced)
        del _made[id(own), _Replaced, None]
