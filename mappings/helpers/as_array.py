import mlx.core as mx


def as_array(value, like=None):
    """`value` as an array. A Python number takes the dtype of `like`, as a number beside a tensor does in PyTorch."""
    if isinstance(value, mx.array):
        return value
    return mx.array(value) if like is None else mx.array(value, like.dtype)
