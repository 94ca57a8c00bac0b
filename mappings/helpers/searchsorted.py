import mlx.core as mx

from .as_array import as_array


def searchsorted(sorted_sequence, input, right=False, side=None, sorter=None):
    """``torch.searchsorted``: int64 insertion points; rows of a batch are searched each for itself."""
    right = right or side == "right"
    sequence, values = mx.stop_gradient(sorted_sequence), mx.stop_gradient(as_array(input, sorted_sequence))
    if sorter is not None:
        sequence = mx.take_along_axis(sequence, sorter, axis=-1)
    if sequence.ndim == 1:
        return mx.searchsorted(sequence, values, side="right" if right else "left").astype(mx.int64)
    sequence, values = sequence[..., None, :], values[..., :, None]
    return mx.sum((sequence <= values if right else sequence < values).astype(mx.int64), axis=-1)


def isin(elements, test_elements, assume_unique=False, invert=False):
    """``torch.isin``: whether each element is among the others; one of the two may be a number."""
    elements, test_elements = as_array(elements), as_array(test_elements)
    found = mx.any(elements[..., None] == test_elements.reshape(-1), axis=-1)
    return mx.logical_not(found) if invert else found
