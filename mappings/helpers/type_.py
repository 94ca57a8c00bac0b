import mlx.core as mx

_TENSOR_TYPES = {
    "HalfTensor": mx.float16, "BFloat16Tensor": mx.bfloat16, "FloatTensor": mx.float32, "DoubleTensor": mx.float64,
    "ByteTensor": mx.uint8, "CharTensor": mx.int8, "ShortTensor": mx.int16, "IntTensor": mx.int32, "LongTensor": mx.int64,
    "BoolTensor": mx.bool_,
}


def type_(input, dtype=None):
    """``input.type(dtype)``: a cast to a dtype or to a legacy type name; without argument the legacy name (``"torch.FloatTensor"``)."""
    if dtype is None:
        return next(f"torch.{name}" for name, known in _TENSOR_TYPES.items() if known == input.dtype)
    if isinstance(dtype, str):
        dtype = _TENSOR_TYPES[dtype.rpartition(".")[2]]
    dtype = getattr(dtype, "dtype", dtype)  # of a class: `FloatTensor`
    if dtype == input.dtype:
        return input
    cast = input.astype(dtype)
    return cast if mx.issubdtype(dtype, mx.inexact) else mx.stop_gradient(cast)  # integers have no gradient
