import mlx.core as mx

_CATEGORIES = [(mx.complexfloating, 3), (mx.inexact, 2), (mx.integer, 1)]


def _category(dtype):
    return next((rank for category, rank in _CATEGORIES if mx.issubdtype(dtype, category)), 0)


def can_cast(from_, to):
    """``torch.can_cast``: whether the cast loses no category, from bool over integers and floats to complex numbers."""
    return _category(from_) <= _category(to)


def result_type(tensor1, tensor2):
    """``torch.result_type``: a number counts only where its category is above that of the array."""
    arrays = [value for value in (tensor1, tensor2) if isinstance(value, mx.array)]
    numbers = [value for value in (tensor1, tensor2) if not isinstance(value, mx.array)]
    defaults = {bool: mx.bool_, int: mx.int64, float: mx.float32, complex: mx.complex64}
    result = arrays[0].dtype if arrays else mx.bool_
    for array in arrays[1:]:
        result = mx.result_type(result, array.dtype)
    for number in numbers:
        default = defaults[type(number)]
        if _category(default) > _category(result):
            result = default
    return result
