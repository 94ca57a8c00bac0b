def as_forward(function):
    """Gives a module's `__call__` the name that it had in PyTorch: the decorators above look at it."""
    function.__qualname__ = function.__qualname__.removesuffix(function.__name__) + "forward"
    function.__name__ = "forward"
    return function
