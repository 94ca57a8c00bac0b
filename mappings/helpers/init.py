import math

import mlx.core as mx

from .next_key import next_key

# PyTorch's `nn.init`: fills an array in PyTorch's layout in place and returns it. The distributions are PyTorch's, the
# random numbers are not.


def _assign(tensor, value):
    tensor[...] = mx.broadcast_to(value, tensor.shape).astype(tensor.dtype)
    return tensor


def calculate_gain(nonlinearity, param=None):
    """PyTorch's `nn.init.calculate_gain`."""
    if nonlinearity in ("linear", "sigmoid") or nonlinearity.startswith("conv"):
        return 1
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    gains = {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}
    if nonlinearity not in gains:
        raise ValueError(f"unsupported nonlinearity {nonlinearity}")
    return gains[nonlinearity]


def calculate_fan_in_and_fan_out(tensor):
    """PyTorch's `nn.init._calculate_fan_in_and_fan_out`: of a weight in its layout (out, in, *kernel)."""
    if tensor.ndim < 2:
        raise ValueError("fan in and fan out need at least two dimensions")
    receptive = math.prod(tensor.shape[2:])
    return tensor.shape[1] * receptive, tensor.shape[0] * receptive


def calculate_correct_fan(tensor, mode):
    """PyTorch's `nn.init._calculate_correct_fan`."""
    mode = mode.lower()
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode {mode} is not one of fan_in, fan_out")
    return calculate_fan_in_and_fan_out(tensor)[0 if mode == "fan_in" else 1]


def _kaiming_std(tensor, a, mode, nonlinearity):
    return calculate_gain(nonlinearity, a) / math.sqrt(calculate_correct_fan(tensor, mode))


def uniform_(tensor, a=0.0, b=1.0, generator=None):
    """PyTorch's `nn.init.uniform_`."""
    return _assign(tensor, mx.random.uniform(a, b, tensor.shape, key=next_key(generator)))


def normal_(tensor, mean=0.0, std=1.0, generator=None):
    """PyTorch's `nn.init.normal_`."""
    return _assign(tensor, mean + std * mx.random.normal(tensor.shape, key=next_key(generator)))


def trunc_normal_(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0, generator=None):
    """PyTorch's `nn.init.trunc_normal_`: `a` and `b` are cut-offs of the values, not of standard deviations."""
    z = mx.random.truncated_normal((a - mean) / std, (b - mean) / std, tensor.shape, key=next_key(generator))
    return _assign(tensor, mx.clip(mean + std * z, a, b))


def constant_(tensor, val):
    """PyTorch's `nn.init.constant_`."""
    return _assign(tensor, mx.array(val))


def ones_(tensor):
    """PyTorch's `nn.init.ones_`."""
    return constant_(tensor, 1)


def zeros_(tensor):
    """PyTorch's `nn.init.zeros_`."""
    return constant_(tensor, 0)


def eye_(tensor):
    """PyTorch's `nn.init.eye_`."""
    return _assign(tensor, mx.eye(*tensor.shape))


def dirac_(tensor, groups=1):
    """PyTorch's `nn.init.dirac_`: a convolution that passes its input through."""
    per_group = tensor.shape[0] // groups
    center = tuple(size // 2 for size in tensor.shape[2:])
    zeros_(tensor)
    for group in range(groups):
        for d in range(min(per_group, tensor.shape[1])):
            tensor[(group * per_group + d, d, *center)] = 1
    return tensor


def xavier_uniform_(tensor, gain=1.0, generator=None):
    """PyTorch's `nn.init.xavier_uniform_`."""
    bound = gain * math.sqrt(6 / sum(calculate_fan_in_and_fan_out(tensor)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor, gain=1.0, generator=None):
    """PyTorch's `nn.init.xavier_normal_`."""
    return normal_(tensor, 0.0, gain * math.sqrt(2 / sum(calculate_fan_in_and_fan_out(tensor))), generator)


def kaiming_uniform_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """PyTorch's `nn.init.kaiming_uniform_`."""
    bound = math.sqrt(3) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """PyTorch's `nn.init.kaiming_normal_`."""
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


def orthogonal_(tensor, gain=1, generator=None):
    """PyTorch's `nn.init.orthogonal_`: orthonormal rows or columns of the matrix (shape[0], the rest)."""
    rows = tensor.shape[0]
    cols = tensor.size // rows
    q, r = mx.linalg.qr(mx.random.normal((max(rows, cols), min(rows, cols)), key=next_key(generator)), stream=mx.cpu)
    q = q * mx.sign(mx.diag(r))
    return _assign(tensor, gain * (q.T if rows < cols else q).reshape(tensor.shape))


def sparse_(tensor, sparsity, std=0.01, generator=None):
    """PyTorch's `nn.init.sparse_`: the fraction `sparsity` of every column is zero."""
    zeros = math.ceil(sparsity * tensor.shape[0])
    rank = mx.argsort(mx.argsort(mx.random.uniform(shape=tensor.shape, key=next_key(generator)), axis=0), axis=0)
    return _assign(tensor, mx.where(rank < zeros, 0, std * mx.random.normal(tensor.shape, key=next_key(generator))))
