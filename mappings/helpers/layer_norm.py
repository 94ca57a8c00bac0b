import math

import mlx.core as mx


def _normalized_rows(input, normalized_shape, weight):
    """The normalised dimensions as one, which is what `mx.fast` takes."""
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if input.shape[input.ndim - len(shape):] != shape:
        raise ValueError(f"input {input.shape} does not end with normalized_shape {shape}")
    lead = input.shape[:input.ndim - len(shape)]
    return input.reshape(lead + (math.prod(shape),)), None if weight is None else weight.reshape(-1)


def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """``F.layer_norm`` over the last dimensions, as many as `normalized_shape` has."""
    rows, weight = _normalized_rows(input, normalized_shape, weight)
    output = mx.fast.layer_norm(rows, weight, None if bias is None else bias.reshape(-1), eps)
    return output.reshape(input.shape).astype(input.dtype)


def rms_norm(input, normalized_shape, weight=None, eps=None):
    """``F.rms_norm`` over the last dimensions. Without `eps` it is that of the dtype PyTorch computes in: float32 for the short ones."""
    if eps is None:
        eps = mx.finfo(input.dtype if input.dtype == mx.float64 else mx.float32).eps
    rows, weight = _normalized_rows(input, normalized_shape, weight)
    return mx.fast.rms_norm(rows, weight, eps).reshape(input.shape).astype(input.dtype)
