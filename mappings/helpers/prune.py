import math

import mlx.core as mx
import mlx.nn as nn

from .computed_weight import _compute_weight
from .module_tree import modules
from .parameters_to_vector import parameters_to_vector
from .register_buffer import register_buffer
from .vector_norm import vector_norm


class _Pruned:
    """The weight where its mask is one: `weight_orig` is trained, and `weight_mask` a buffer."""

    def __init__(self, name):
        self.name = name

    def before_call(self, module):
        pass

    def __call__(self, module):
        return module[self.name + "_orig"] * module[self.name + "_mask"]


def _pruned(module, name):
    return isinstance(module.__dict__.get("_computed", {}).get(name), _Pruned)


def _count(amount, size):
    """How many of `size` entries `amount`, a number or a fraction of them, says."""
    if isinstance(amount, int):
        if not 0 <= amount <= size:
            raise ValueError(f"amount={amount} should be between 0 and the number of parameters to prune={size}")
        return amount
    if not 0.0 <= amount <= 1.0:
        raise ValueError(f"amount={amount} should be between 0 and 1")
    return round(amount * size)


class BasePruningMethod:
    """PyTorch's `prune.BasePruningMethod`: `compute_mask(t, default_mask)` of a subclass says what is kept."""

    PRUNING_TYPE = "unstructured"

    @classmethod
    def apply(cls, module, name, *args, importance_scores=None, **kwargs):
        method = cls(*args, **kwargs)
        weight = module[name]
        scores = weight if importance_scores is None else importance_scores
        if scores.shape != weight.shape:
            raise AssertionError(f"importance_scores has shape {scores.shape}, {name} has {weight.shape}")
        if _pruned(module, name):
            mask = method._mask_of_rest(scores, module[name + "_mask"])
        else:
            mask = method.compute_mask(scores, mx.ones_like(weight))
            module[name + "_orig"] = weight
            _compute_weight(module, name, _Pruned(name))
        register_buffer(module, name + "_mask", mask.astype(weight.dtype))
        return method

    def _mask_of_rest(self, scores, mask):
        """The mask that has new zeros among what an earlier one kept."""
        if self.PRUNING_TYPE == "structured":
            dim = self.dim % scores.ndim
            kept = mx.array([i for i, kept in enumerate(mx.any(mx.moveaxis(mask, dim, 0).reshape(mask.shape[dim], -1) != 0, axis=1).tolist()) if kept])
            part = self.compute_mask(mx.take(scores, kept, axis=dim), mx.take(mask, kept, axis=dim))
            shape = [1] * mask.ndim
            shape[dim] = -1
            return mx.put_along_axis(mask, mx.broadcast_to(kept.reshape(shape), part.shape), part, axis=dim)
        kept = mx.array([i for i, kept in enumerate(mask.reshape(-1).tolist()) if kept], mx.int64)
        part = self.compute_mask(scores.reshape(-1)[kept], mask.reshape(-1)[kept])
        return mx.put_along_axis(mask.reshape(-1), kept, part, axis=0).reshape(mask.shape)

    def prune(self, t, default_mask=None, importance_scores=None):
        """The pruned version of `t`."""
        mask = mx.ones_like(t) if default_mask is None else default_mask
        return t * self.compute_mask(t if importance_scores is None else importance_scores, mask)


class IdentityPruning(BasePruningMethod):
    """PyTorch's `prune.Identity`: a mask of ones."""

    def compute_mask(self, t, default_mask):
        return default_mask


class L1Unstructured(BasePruningMethod):
    """PyTorch's `prune.L1Unstructured`: the entries closest to zero go."""

    def __init__(self, amount):
        self.amount = amount

    def compute_mask(self, t, default_mask):
        return _without(default_mask, mx.abs(t).reshape(-1), self.amount)


class RandomUnstructured(BasePruningMethod):
    """PyTorch's `prune.RandomUnstructured`: any entries go."""

    def __init__(self, amount):
        self.amount = amount

    def compute_mask(self, t, default_mask):
        return _without(default_mask, mx.random.uniform(shape=(t.size,)), self.amount)


def _without(mask, order, amount):
    """`mask` with zeros at the `amount` smallest of `order`."""
    smallest = mx.argsort(order)[: _count(amount, order.size)]
    flat = mask.reshape(-1)
    return mx.put_along_axis(flat, smallest, mx.zeros(smallest.shape, flat.dtype), axis=0).reshape(mask.shape)


class _Structured(BasePruningMethod):
    PRUNING_TYPE = "structured"

    def _keep(self, default_mask, order):
        """`default_mask` without the channels that come first in `order`."""
        kept = mx.ones(order.shape, default_mask.dtype)
        first = mx.argsort(order)[: _count(self.amount, order.size)]
        kept = mx.put_along_axis(kept, first, mx.zeros(first.shape, kept.dtype), axis=0)
        shape = [1] * default_mask.ndim
        shape[self.dim] = -1
        return default_mask * kept.reshape(shape)


class LnStructured(_Structured):
    """PyTorch's `prune.LnStructured`: the channels along `dim` with the smallest norm of order `n` go."""

    def __init__(self, amount, n, dim=-1):
        self.amount, self.n, self.dim = amount, n, dim

    def compute_mask(self, t, default_mask):
        channels = mx.moveaxis(t, self.dim, 0).reshape(t.shape[self.dim], -1)
        order = 2 if self.n == "fro" else self.n
        return self._keep(default_mask, vector_norm(channels, order, 1))


class RandomStructured(_Structured):
    """PyTorch's `prune.RandomStructured`: any channels along `dim` go."""

    def __init__(self, amount, dim=-1):
        self.amount, self.dim = amount, dim

    def compute_mask(self, t, default_mask):
        return self._keep(default_mask, mx.random.uniform(shape=(t.shape[self.dim],)))


class CustomFromMask(BasePruningMethod):
    """PyTorch's `prune.CustomFromMask`: a mask that the caller has."""

    PRUNING_TYPE = "global"

    def __init__(self, mask):
        self.mask = mask

    def _mask_of_rest(self, scores, mask):
        return self.compute_mask(scores, mask)

    def compute_mask(self, t, default_mask):
        return default_mask * self.mask.astype(default_mask.dtype)


def prune_identity(module, name):
    """PyTorch's `prune.identity`."""
    IdentityPruning.apply(module, name)
    return module


def random_unstructured(module, name, amount):
    """PyTorch's `prune.random_unstructured`."""
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module, name, amount, importance_scores=None):
    """PyTorch's `prune.l1_unstructured`."""
    L1Unstructured.apply(module, name, amount, importance_scores=importance_scores)
    return module


def random_structured(module, name, amount, dim):
    """PyTorch's `prune.random_structured`."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(module, name, amount, n, dim, importance_scores=None):
    """PyTorch's `prune.ln_structured`."""
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module, name, mask):
    """PyTorch's `prune.custom_from_mask`."""
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(parameters, pruning_method, importance_scores=None, **kwargs):
    """PyTorch's `prune.global_unstructured`: the parameters, pairs of a module and a name, are pruned as one vector."""
    if pruning_method.PRUNING_TYPE != "unstructured":
        raise TypeError(f"only unstructured methods prune several parameters, not {pruning_method.__name__}")
    parameters, given = list(parameters), [(*pair, scores) for pair, scores in (importance_scores or {}).items()]
    weights = [module[name] for module, name in parameters]
    own = [[scores for m, n, scores in given if m is module and n == name] for module, name in parameters]
    scores = parameters_to_vector([scores[0] if scores else weight for scores, weight in zip(own, weights)])
    masks = [module[name + "_mask"] if _pruned(module, name) else mx.ones_like(module[name]) for module, name in parameters]
    final = pruning_method(**kwargs)._mask_of_rest(scores, parameters_to_vector(masks))
    start = 0
    for (module, name), weight in zip(parameters, weights):
        custom_from_mask(module, name, final[start : start + weight.size].reshape(weight.shape))
        start += weight.size


def remove_pruning(module, name):
    """PyTorch's `prune.remove`: the pruned weight becomes an array again."""
    if not _pruned(module, name):
        raise ValueError(f"parameter '{name}' of module {type(module).__name__} has to be pruned before pruning can be removed")
    weight = module[name]
    del module._computed[name]
    for part in ("_orig", "_mask"):
        module.pop(name + part)
    module[name] = weight
    return module


def is_pruned(module):
    """PyTorch's `prune.is_pruned`: whether the module or one inside of it is pruned."""
    return any(isinstance(compute, _Pruned) for part in modules(module) for compute in part.__dict__.get("_computed", {}).values())
