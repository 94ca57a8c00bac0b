import functools

from .stop_gradient import stop_gradient


def without_gradient(function):
    """``torch.no_grad()(function)``: the same function, whose results carry no gradient."""

    def run(*args, **kwargs):
        return stop_gradient(function(*args, **kwargs))

    return functools.update_wrapper(run, function) if hasattr(function, "__name__") else run
