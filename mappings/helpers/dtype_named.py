import mlx.core as mx


def dtype_named(name):
    """``getattr(torch, name)`` of a dtype."""
    same = ("float16", "float32", "float64", "bfloat16", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "complex64")
    dtypes = {name: getattr(mx, name) for name in same}
    dtypes |= {"half": mx.float16, "float": mx.float32, "double": mx.float64, "cfloat": mx.complex64, "bool": mx.bool_}
    dtypes |= {"short": mx.int16, "int": mx.int32, "long": mx.int64}
    if name not in dtypes:
        raise NotImplementedError(f"torch.{name} is none of the dtypes that MLX has: {', '.join(dtypes)}")
    return dtypes[name]
