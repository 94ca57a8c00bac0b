import copy
import dataclasses

import mlx.core as mx
import mlx.nn as nn


def stop_gradient(value):
    """A value as it leaves PyTorch's `no_grad`: the arrays in it carry no gradient; everything else passes through."""
    if isinstance(value, mx.array):
        return mx.stop_gradient(value)
    if isinstance(value, nn.Module):
        return value
    if isinstance(value, dict):
        result = copy.copy(value)
        for key, item in value.items():
            result[key] = stop_gradient(item)
        return result
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        result = copy.copy(value)
        for field in dataclasses.fields(value):
            object.__setattr__(result, field.name, stop_gradient(getattr(value, field.name)))
        return result
    if isinstance(value, (list, tuple)):
        items = [stop_gradient(item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return value


def with_gradient_if(enabled, value):
    """A value as it leaves PyTorch's `set_grad_enabled(enabled)`: with its gradient, or without."""
    return value if enabled else stop_gradient(value)
