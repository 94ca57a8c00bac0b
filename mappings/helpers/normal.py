import mlx.core as mx

from .as_array import as_array


def normal(mean, std=1.0, size=None, key=None):
    """``torch.normal``: mean and standard deviation are numbers or arrays, of which the first gives the dtype. The random numbers are not those of PyTorch."""
    if size is None:
        size = mx.broadcast_shapes(as_array(mean).shape, as_array(std).shape)
    dtype = next((v.dtype for v in (mean, std) if isinstance(v, mx.array)), mx.float32)
    return (mx.random.normal(size, dtype, key=key) * std + mean).astype(dtype)
