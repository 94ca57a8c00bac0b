import math

import mlx.core as mx
import numpy as np

from .host_array import host_array

_TOLERANCES = {  # relative, absolute
    mx.float16: (1e-3, 1e-5),
    mx.bfloat16: (1.6e-2, 1e-5),
    mx.float32: (1.3e-6, 1e-5),
    mx.float64: (1e-7, 1e-7),
    mx.complex64: (1.3e-6, 1e-5),
}


def _tolerance(value):
    if isinstance(value, mx.array):
        return _TOLERANCES.get(value.dtype, (0.0, 0.0))
    return (1e-7, 1e-7) if isinstance(value, (float, complex)) else (0.0, 0.0)


def assert_close(
    actual, expected, *, allow_subclasses=True, rtol=None, atol=None, equal_nan=False, check_device=True, check_dtype=True, check_layout=True, check_stride=False, msg=None
):
    """``torch.testing.assert_close``: raises AssertionError unless the values are close, and shapes and dtypes equal.

    Tolerances follow the dtype, as in PyTorch; sequences and dictionaries are compared item by item. int32 and int64 count as the same.
    """
    if (rtol is None) != (atol is None):
        raise ValueError("rtol and atol must both be specified or both be unspecified")
    options = {"rtol": rtol, "atol": atol, "equal_nan": equal_nan, "check_dtype": check_dtype, "msg": msg}

    def fail(reason):
        raise AssertionError(msg(reason) if callable(msg) else msg or reason)

    if isinstance(actual, dict) and isinstance(expected, dict):
        if actual.keys() != expected.keys():
            fail(f"The keys of the mappings do not match: {sorted(map(str, actual))} and {sorted(map(str, expected))}")
        for key in actual:
            assert_close(actual[key], expected[key], **options)
        return
    if isinstance(actual, (list, tuple)) and isinstance(expected, (list, tuple)):
        if len(actual) != len(expected):
            fail(f"The length of the sequences mismatch: {len(actual)} != {len(expected)}")
        for one, other in zip(actual, expected):
            assert_close(one, other, **options)
        return
    if isinstance(actual, (str, type(None))) or isinstance(expected, (str, type(None))):
        if actual != expected:
            fail(f"{actual!r} is not {expected!r}")
        return
    shapes = [tuple(np.shape(side)) if not isinstance(side, mx.array) else side.shape for side in (actual, expected)]
    if shapes[0] != shapes[1]:
        fail(f"The values for attribute 'shape' do not match: {shapes[0]} != {shapes[1]}.")
    if check_dtype and isinstance(actual, mx.array) and isinstance(expected, mx.array):
        kinds = [mx.int64 if side.dtype == mx.int32 else side.dtype for side in (actual, expected)]
        if kinds[0] != kinds[1]:
            fail(f"The values for attribute 'dtype' do not match: {actual.dtype} != {expected.dtype}.")
    if rtol is None:
        rtol, atol = (max(pair) for pair in zip(_tolerance(actual), _tolerance(expected)))
    one, other = (host_array(side) if isinstance(side, mx.array) else np.asarray(side) for side in (actual, expected))
    wide = np.complex128 if np.iscomplexobj(one) or np.iscomplexobj(other) else np.float64
    is_close = np.isclose(one.astype(wide), other.astype(wide), rtol=rtol, atol=atol, equal_nan=equal_nan)
    if not is_close.all():
        count, total = is_close.size - is_close.sum(), math.prod(is_close.shape)
        fail(f"Tensor-likes are not close!\n\nMismatched elements: {count} / {total} ({100 * count / total:.1f}%)")
