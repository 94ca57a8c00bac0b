import numpy as np


def python_number(value):
    """`value` as a number of Python's own, if it is one of NumPy's.

    On the left of an operator NumPy would take an MLX array for one of its own: the result would be a NumPy array, without gradient.
    """
    return value.item() if isinstance(value, np.generic) else value
