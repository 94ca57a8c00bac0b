import mlx.core as mx


def _shared_ties(input, other, extreme):
    """The gradient of equal elements goes to both, half and half. MLX gives it all to one side."""
    if not mx.issubdtype(extreme.dtype, mx.floating):
        return extreme
    return mx.where(input == other, input / 2 + other / 2, extreme)


def torch_maximum(input, other):
    """``torch.maximum`` where gradients flow."""
    return _shared_ties(input, other, mx.maximum(input, other))


def torch_minimum(input, other):
    """``torch.minimum`` where gradients flow."""
    return _shared_ties(input, other, mx.minimum(input, other))
