import mlx.core as mx
import mlx.nn as nn

from .computed_weight import _at, _compute_parametrized, _compute_weight
from .register_buffer import register_buffer
from .weight_norm import remove_weight_norm


class _SpectralNorm:
    """The weight over its largest singular value, which power iteration finds in the course of training."""

    def __init__(self, weight_path, u_path, v_path, n_power_iterations, eps, dim, u_first):
        self.weight_path, self.u_path, self.v_path = weight_path, u_path, v_path
        self.n_power_iterations, self.eps, self.dim, self.u_first = n_power_iterations, eps, dim, u_first

    def matrix(self, weight):
        weight = mx.moveaxis(weight, self.dim, 0)
        return weight.reshape(weight.shape[0], -1)

    def before_call(self, module):
        if module.training:
            self.iterate(module, self.n_power_iterations)

    def iterate(self, module, count):
        matrix = mx.stop_gradient(self.matrix(_at(module, self.weight_path)))
        u, v = _at(module, self.u_path), _at(module, self.v_path)
        for _ in range(count):
            if self.u_first:
                u = self._unit(matrix @ v)
            v = self._unit(matrix.T @ u)
            if not self.u_first:
                u = self._unit(matrix @ v)
        dict.__setitem__(_at(module, self.u_path[:-1]), self.u_path[-1], u)
        dict.__setitem__(_at(module, self.v_path[:-1]), self.v_path[-1], v)

    def _unit(self, vector):
        return mx.stop_gradient(vector / mx.maximum(mx.sqrt(mx.sum(mx.square(vector))), self.eps))

    def __call__(self, module):
        weight = _at(module, self.weight_path)
        return weight / mx.sum(_at(module, self.u_path) * (self.matrix(weight) @ _at(module, self.v_path)))


def _output_dim(module):
    return 1 if "ConvTranspose" in type(module).__name__ else 0


def spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    """PyTorch's `nn.utils.spectral_norm`: trains `weight_orig`, with the buffers `weight_u` and `weight_v`."""
    weight = module[name]
    dim = _output_dim(module) if dim is None else dim
    norm = _SpectralNorm([name + "_orig"], [name + "_u"], [name + "_v"], n_power_iterations, eps, dim, u_first=False)
    rows, columns = norm.matrix(weight).shape
    module[name + "_orig"] = weight
    register_buffer(module, name + "_u", norm._unit(mx.random.normal((rows,))))
    register_buffer(module, name + "_v", norm._unit(mx.random.normal((columns,))))
    return _compute_weight(module, name, norm)


class _Vectors(nn.Module):
    """Holds the vectors of power iteration under PyTorch's names."""


def parametrized_spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    """PyTorch's `nn.utils.parametrizations.spectral_norm`: as `spectral_norm`, with the newer names in checkpoints."""
    weight, path = module[name], ["parametrizations", name]
    dim = _output_dim(module) if dim is None else dim
    u_path, v_path = [*path, "0", "u_"], [*path, "0", "v_"]
    norm = _SpectralNorm([*path, "original"], u_path, v_path, n_power_iterations, eps, dim, u_first=True)
    rows, columns = norm.matrix(weight).shape
    if "parametrizations" not in module:
        module.parametrizations = nn.Module()
    parts = module.parametrizations[name] = nn.Module()
    parts["original"], parts["0"] = weight, _Vectors()
    register_buffer(parts["0"], "_u", norm._unit(mx.random.normal((rows,))))
    register_buffer(parts["0"], "_v", norm._unit(mx.random.normal((columns,))))
    norm.iterate(module, 15)
    return _compute_parametrized(module, name, norm)


def remove_spectral_norm(module, name="weight"):
    """PyTorch's `nn.utils.remove_spectral_norm`: `weight` is an array again."""
    return remove_weight_norm(module, name)
