import mlx.core as mx


def dtype_name(dtype):
    """``str(dtype)`` as PyTorch writes it: ``torch.float32``, ``torch.bool``. Dtypes of NumPy keep their names."""
    return "torch." + str(dtype).split(".")[-1].rstrip("_") if isinstance(dtype, mx.Dtype) else str(dtype)
