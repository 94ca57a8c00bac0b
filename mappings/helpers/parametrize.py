import contextlib

import mlx.core as mx
import mlx.nn as nn

from .computed_weight import _compute_parametrized
from .module_list import ModuleList
from .register_buffer import register_buffer
from .weight_norm import remove_weight_norm


class ParametrizationList(ModuleList):
    """PyTorch's `parametrize.ParametrizationList`: modules that compute a tensor one after the other, from `original` or from `original0`, `original1`, ..."""

    def __init__(self, modules, original, unsafe=False):
        super().__init__(modules)
        values = self._originals_of(original)
        self.is_tensor = isinstance(values, mx.array)
        self.ntensors = 1 if self.is_tensor else len(values)
        self._set_originals(values)
        tensor = self()
        if not unsafe and (tensor.shape, tensor.dtype) != (original.shape, original.dtype):
            raise ValueError("registering a parametrization may not change the shape or dtype of the tensor, unless `unsafe` is set")

    def _originals_of(self, value):
        for module in reversed(list(self)):
            if hasattr(module, "right_inverse"):
                with contextlib.suppress(NotImplementedError):
                    value = module.right_inverse(value)
        return value

    def _original_names(self):
        return ["original"] if self.is_tensor else [f"original{i}" for i in range(self.ntensors)]

    def _set_originals(self, values):
        for name, value in zip(self._original_names(), [values] if self.is_tensor else values):
            setattr(self, name, value)

    def right_inverse(self, value):
        """Sets the originals so that they give `value`."""
        for module in self:
            if not hasattr(module, "right_inverse"):
                raise RuntimeError(f"parametrization {type(module).__name__} does not implement right_inverse")
        self._set_originals(self._originals_of(value))

    def __call__(self):
        first, *rest = self
        tensor = first(*(getattr(self, name) for name in self._original_names()))
        for module in rest:
            tensor = module(tensor)
        return tensor


class _Parametrized:
    """The tensor that a list of parametrizations gives; what is assigned goes through their inverses."""

    def __init__(self, name):
        self.name = name

    def before_call(self, module):
        pass

    def __call__(self, module):
        return module.parametrizations[self.name]()

    def assign(self, module, value):
        module.parametrizations[self.name].right_inverse(value)


def register_parametrization(module, tensor_name, parametrization, *, unsafe=False):
    """PyTorch's `parametrize.register_parametrization`: `module.tensor_name` is computed from then on, each time it is read."""
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        module.parametrizations[tensor_name].append(parametrization)
        return module
    if tensor_name not in module:
        raise ValueError(f"module {type(module).__name__} has no parameter or buffer named {tensor_name!r}")
    parts = ParametrizationList([parametrization], module[tensor_name], unsafe)
    if tensor_name in module.__dict__.get("_buffer_names", ()):
        for name in parts._original_names():
            register_buffer(parts, name, getattr(parts, name))
    if "parametrizations" not in module:
        module.parametrizations = nn.Module()
    module.parametrizations[tensor_name] = parts
    return _compute_parametrized(module, tensor_name, _Parametrized(tensor_name))


def is_parametrized(module, tensor_name=None):
    """PyTorch's `parametrize.is_parametrized`."""
    parts = module.get("parametrizations")
    return parts is not None and (len(parts) > 0 if tensor_name is None else tensor_name in parts)


def remove_parametrizations(module, tensor_name, leave_parametrized=True):
    """PyTorch's `parametrize.remove_parametrizations`, of a weight or spectral norm too: an array again, the computed or the original one."""
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"module {type(module).__name__} does not have a parametrization on {tensor_name}")
    original = module.parametrizations[tensor_name].get("original")
    if not leave_parametrized and original is None:
        raise ValueError("cannot leave unparametrized a tensor that is parametrized in terms of a sequence of tensors")
    remove_weight_norm(module, tensor_name)
    if not leave_parametrized:
        module[tensor_name] = original
    return module


@contextlib.contextmanager
def parametrization_cached():
    """PyTorch's `parametrize.cached`: the tensors are computed each time, with the same values."""
    yield
