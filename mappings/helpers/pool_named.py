from .function_named import function_named
from .pooling_functions import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
)


def pool_named(name):
    """`getattr(F, name)` of a pooling function, beside what function_named finds. Another function is refused: add it here, by the name that PyTorch gives it."""
    functions = (
        adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d, adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d, avg_pool1d, avg_pool2d,
        avg_pool3d, max_pool1d, max_pool2d, max_pool3d,
    )
    return next((function for function in functions if function.__name__ == name), None) or function_named(name)
