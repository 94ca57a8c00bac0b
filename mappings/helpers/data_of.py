import mlx.core as mx


def data_of(value):
    """``value.data`` of what may be no array: an array has its values, without their gradient."""
    return mx.stop_gradient(value) if isinstance(value, mx.array) else value.data
