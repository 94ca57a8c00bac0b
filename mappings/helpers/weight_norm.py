import mlx.nn as nn

from .computed_weight import _at, _compute_parametrized, _compute_weight, _ComputingModule
from .vector_norm import norm_except_dim, vector_norm


class _WeightNorm:
    """Direction `v` times length `g`; the two are at `path` in the module, as PyTorch names them."""

    def __init__(self, g_path, v_path, dim):
        self.g_path, self.v_path, self.dim = g_path, v_path, dim

    def before_call(self, module):
        pass

    def __call__(self, module):
        v = _at(module, self.v_path)
        return v * (_at(module, self.g_path) / _norm_except(v, self.dim))


def _norm_except(v, dim):
    return vector_norm(v) if dim is None else norm_except_dim(v, 2, dim)


def weight_norm(module, name="weight", dim=0):
    """PyTorch's `nn.utils.weight_norm`: trains `weight_g` and `weight_v` in place of `weight`; returns the module."""
    weight = module[name]
    module[name + "_g"], module[name + "_v"] = _norm_except(weight, dim), weight
    return _compute_weight(module, name, _WeightNorm([name + "_g"], [name + "_v"], dim))


def parametrized_weight_norm(module, name="weight", dim=0):
    """PyTorch's `nn.utils.parametrizations.weight_norm`: as `weight_norm`, with the newer names in checkpoints."""
    weight = module[name]
    if "parametrizations" not in module:
        module.parametrizations = nn.Module()
    parts = module.parametrizations[name] = nn.Module()
    parts.original0, parts.original1 = _norm_except(weight, dim), weight
    path = ["parametrizations", name]
    return _compute_parametrized(module, name, _WeightNorm([*path, "original0"], [*path, "original1"], dim))


def remove_weight_norm(module, name="weight"):
    """PyTorch's `nn.utils.remove_weight_norm`: `weight` is an array again."""
    weight = module[name]
    del module._computed[name]
    for part in ("_g", "_v", "_orig", "_u", "_v"):
        module.pop(name + part, None)
    if "parametrizations" in module:
        module.parametrizations.pop(name, None)
        if not module.parametrizations:
            del module["parametrizations"]
    module[name] = weight
    own, *inherited = type(module).__bases__
    if own is _ComputingModule and not module._computed:
        module.__class__ = inherited[0]
    return module
