import mlx.core as mx
import numpy as np

from .assign_ import assign_
from .host_array import host_array


def numpy_generator():
    """A NumPy generator seeded from the MLX stream, for the laws that `mx.random` lacks: `mx.random.seed` governs it too."""
    return np.random.default_rng(int(mx.random.randint(0, 2**31 - 1).item()))


def poisson(input):
    """``torch.poisson``, sampled on the host."""
    return mx.array(numpy_generator().poisson(host_array(input))).astype(input.dtype)


def binomial(count, prob):
    """``torch.binomial``, sampled on the host."""
    return mx.array(numpy_generator().binomial(host_array(count).astype(np.int64), host_array(prob))).astype(prob.dtype)


def standard_gamma(alpha):
    """``torch._standard_gamma``, sampled on the host: it has no gradient with respect to `alpha`."""
    return mx.array(numpy_generator().standard_gamma(host_array(alpha)).astype(np.float32))


def exponential(shape, lambd=1.0):
    """The values of ``x.exponential_(lambd)``."""
    return -mx.log1p(-mx.random.uniform(shape=shape)) / lambd


def geometric(shape, p):
    """The values of ``x.geometric_(p)``: numbers of trials, from 1."""
    return mx.maximum(mx.ceil(mx.log1p(-mx.random.uniform(shape=shape)) / np.log1p(-p)), 1)


def cauchy(shape, median=0.0, sigma=1.0):
    """The values of ``x.cauchy_(median, sigma)``."""
    return median + sigma * mx.tan(np.pi * (mx.random.uniform(shape=shape) - 0.5))


def random_(input, *bounds):
    """``x.random_()``, ``x.random_(to)``, ``x.random_(from, to)``: integers, without bounds all that the dtype holds exactly."""
    if len(bounds) == 2:
        low, high = bounds
    elif len(bounds) == 1:
        low, high = 0, bounds[0]
    elif input.dtype == mx.bool_:
        low, high = 0, 2
    elif mx.issubdtype(input.dtype, mx.floating):
        low, high = 0, 2 ** {mx.float16: 11, mx.bfloat16: 8}.get(input.dtype, 24) + 1
    else:
        low, high = 0, min(mx.iinfo(input.dtype).max, 2**31 - 1)
    return assign_(input, mx.random.randint(low, high, input.shape))


def bernoulli_(tensor, p=0.5):
    """The values of ``tensor.bernoulli_(p)``, for a tensor that was just made: `p` is a number, or a probability for each value."""
    return mx.random.bernoulli(p, tensor.shape).astype(tensor.dtype)


def exponential_(tensor, lambd=1.0):
    """The values of ``tensor.exponential_(lambd)``, for a tensor that was just made."""
    return exponential(tensor.shape, lambd).astype(tensor.dtype)
