"""PyTorch's operations on lists of tensors, which optimizers are written with. MLX fuses what is lazy, so each is a loop."""

import mlx.core as mx

from .as_array import as_array
from .assign_ import assign_


def _partners(tensors, other):
    """One for each tensor: an item of a list or of an array with an axis, or the same number or array for all."""
    if isinstance(other, mx.array) and other.ndim:
        other = list(other)
    others = other if isinstance(other, (list, tuple)) else [other] * len(tensors)
    if len(others) != len(tensors):
        raise ValueError(f"{len(tensors)} tensors can't go with {len(others)} others")
    return others


def _beside(tensors, *others):
    """Each tensor with its partners. An array without axes widens nobody."""
    for x, *partners in zip(tensors, *(_partners(tensors, other) for other in others)):
        narrow = x.ndim and mx.issubdtype(x.dtype, mx.inexact)
        yield x, *(y.astype(x.dtype) if narrow and isinstance(y, mx.array) and y.ndim == 0 else y for y in partners)


def _in_place(function, tensors, *others, **options):
    """One tensor after the other, as PyTorch does it: a tensor that is also a partner has changed when its turn comes."""
    return [assign_(x, function([x], *([y] for y in partners), **options)[0]) for x, *partners in _beside(tensors, *others)]


def foreach_add(self, other, *, alpha=1):
    """``torch._foreach_add``: `x + alpha * y` of each tensor and its partner."""
    if isinstance(other, mx.array) and other.ndim == 0:
        other = [other.astype(x.dtype) if mx.issubdtype(x.dtype, mx.inexact) else other for x in self]  # as if it were a number
    return [x + (y if alpha == 1 else y * alpha) for x, y in _beside(self, other)]


def foreach_add_(self, other, *, alpha=1):
    """``torch._foreach_add_``: changes the tensors themselves."""
    return _in_place(foreach_add, self, other, alpha=alpha)


def foreach_sub(self, other, *, alpha=1):
    """``torch._foreach_sub``: `x - alpha * y` of each tensor and its partner."""
    return [x - (y if alpha == 1 else y * alpha) for x, y in _beside(self, other)]


def foreach_sub_(self, other, *, alpha=1):
    """``torch._foreach_sub_``: changes the tensors themselves."""
    return _in_place(foreach_sub, self, other, alpha=alpha)


def foreach_mul(self, other):
    """``torch._foreach_mul``: `x * y` of each tensor and its partner."""
    return [x * y for x, y in _beside(self, other)]


def foreach_mul_(self, other):
    """``torch._foreach_mul_``: changes the tensors themselves."""
    return _in_place(foreach_mul, self, other)


def foreach_div(self, other):
    """``torch._foreach_div``: `x / y` of each tensor and its partner."""
    return [x / y for x, y in _beside(self, other)]


def foreach_div_(self, other):
    """``torch._foreach_div_``: changes the tensors themselves."""
    return _in_place(foreach_div, self, other)


def foreach_pow(self, exponent):
    """``torch._foreach_pow``: each tensor to the power of its partner; or one number to the power of each tensor."""
    if isinstance(self, (int, float)):
        return [self**y for y in exponent]
    return [x**y for x, y in _beside(self, exponent)]


def foreach_pow_(self, exponent):
    """``torch._foreach_pow_``: changes the tensors themselves."""
    return _in_place(foreach_pow, self, exponent)


def foreach_maximum(self, other):
    """``torch._foreach_maximum`` and ``torch._foreach_clamp_min``: the larger of each tensor and its partner."""
    return [mx.maximum(x, y) for x, y in _beside(self, other)]


def foreach_maximum_(self, other):
    """``torch._foreach_maximum_``: changes the tensors themselves."""
    return _in_place(foreach_maximum, self, other)


def foreach_minimum(self, other):
    """``torch._foreach_minimum`` and ``torch._foreach_clamp_max``: the smaller of each tensor and its partner."""
    return [mx.minimum(x, y) for x, y in _beside(self, other)]


def foreach_minimum_(self, other):
    """``torch._foreach_minimum_``: changes the tensors themselves."""
    return _in_place(foreach_minimum, self, other)


def foreach_lerp(self, tensors1, weight):
    """``torch._foreach_lerp``: `x + weight * (end - x)`, with one weight or one for each tensor."""
    return [x + w * (end - x) for x, end, w in _beside(self, tensors1, weight)]


def foreach_lerp_(self, tensors1, weight):
    """``torch._foreach_lerp_``: changes the tensors themselves."""
    return _in_place(foreach_lerp, self, tensors1, weight)


def foreach_addcmul(self, tensor1, tensor2, value=1):
    """``torch._foreach_addcmul``: `x + value * a * b`, with one value or one for each tensor, whose fraction is cut off for integers."""
    return [x + as_array(v, x + a) * (a * b) for x, a, b, v in _beside(self, tensor1, tensor2, value)]


def foreach_addcmul_(self, tensor1, tensor2, value=1):
    """``torch._foreach_addcmul_``: changes the tensors themselves."""
    return _in_place(foreach_addcmul, self, tensor1, tensor2, value)


def foreach_addcdiv(self, tensor1, tensor2, value=1):
    """``torch._foreach_addcdiv``: `x + value * a / b`, with one value or one for each tensor."""
    return [x + v * (a / b) for x, a, b, v in _beside(self, tensor1, tensor2, value)]


def foreach_addcdiv_(self, tensor1, tensor2, value=1):
    """``torch._foreach_addcdiv_``: changes the tensors themselves."""
    return _in_place(foreach_addcdiv, self, tensor1, tensor2, value)


def foreach_sqrt_(self):
    """``torch._foreach_sqrt_``: the square roots, in place."""
    return [assign_(x, mx.sqrt(x)) for x in self]


def foreach_neg_(self):
    """``torch._foreach_neg_``: changes the signs, in place."""
    return [assign_(x, -x) for x in self]


def foreach_abs_(self):
    """``torch._foreach_abs_``: the absolute values, in place."""
    return [assign_(x, mx.abs(x)) for x in self]


def foreach_reciprocal_(self):
    """``torch._foreach_reciprocal_``: one divided by each, in place."""
    return [assign_(x, 1 / x) for x in self]


def foreach_zero_(self):
    """``torch._foreach_zero_``: zeros, in place."""
    return [assign_(x, mx.zeros_like(x)) for x in self]


def foreach_copy_(self, src, non_blocking=False):
    """``torch._foreach_copy_``: the values of `src`, in place."""
    return [assign_(x, y) for x, y in zip(self, src)]


def foreach_norm(self, ord=2):
    """``torch._foreach_norm``: one norm for each tensor, as if it had one axis."""
    return [mx.linalg.norm(x.reshape(-1), ord=ord) for x in self]
