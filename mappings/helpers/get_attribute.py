import mlx.nn as nn

from .dropout_rate import dropout_rate
from .layer_sizes import elementwise_affine, embedding_dim, in_features, normalized_shape, num_embeddings, out_features
from .torch_name import torch_name

_SETTINGS = {
    nn.Linear: {"in_features": in_features, "out_features": out_features, "bias": lambda layer: None},
    nn.Embedding: {"num_embeddings": num_embeddings, "embedding_dim": embedding_dim},
    nn.LayerNorm: {
        "normalized_shape": normalized_shape,
        "elementwise_affine": elementwise_affine,
        "weight": lambda layer: None,
        "bias": lambda layer: None,
    },
    nn.RMSNorm: {"normalized_shape": normalized_shape, "elementwise_affine": elementwise_affine, "weight": lambda layer: None},
    nn.Dropout: {"p": dropout_rate},
}
# Members of PyTorch's modules that MLX's modules lack.
_OF_MODULES = """
    add_module bfloat16 buffers call_super_init compile cpu cuda double dump_patches float forward get_buffer get_extra_state get_parameter get_submodule
    half load_state_dict named_buffers named_children named_parameters register_backward_hook register_buffer register_forward_hook
    register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook register_load_state_dict_post_hook
    register_load_state_dict_pre_hook register_module register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_
    set_extra_state set_submodule share_memory state_dict to to_empty type zero_grad _parameters _buffers _modules
""".split()
# Settings of PyTorch's layers that MLX's own do not keep.
_DROPPED = {
    "inplace": (nn.CELU, nn.Dropout, nn.ELU, nn.Hardswish, nn.LeakyReLU, nn.Mish, nn.ReLU, nn.ReLU6, nn.SELU, nn.SiLU),
    "dim": (nn.GLU, nn.LogSoftmax, nn.Softmax),
    "approximate": (nn.GELU,),
}
_OF_BOTH = ("apply", "children", "eval", "extra_repr", "modules", "named_modules", "parameters", "train", "training")


def _key_of(module, name):
    """The port's name of what the program calls `name`, if the module or its class has it."""
    own = (name, name + "_", name[1:] + "_" if name.startswith("_") else name)
    for key in own:
        if (key in module or key in module.__dict__) and (key == name or torch_name(module, key) == name):
            return key
    for cls in type(module).__mro__:
        if cls is nn.Module:
            return None
        for key in own[: 2 if hasattr(nn.Module, name) else 1]:
            if key in vars(cls) and not (cls.__module__.startswith("mlx.nn") and key.startswith("__")):
                return key
    return None


def _reader(module, name):
    for kind, readers in _SETTINGS.items():
        if isinstance(module, kind) and name in readers:
            return readers[name]
    return None


def _is_dropped(module, name):
    return type(module) in _DROPPED.get(name, ())


def has_attribute(value, name):
    """``hasattr(value, name)`` where `value` may be a module: as PyTorch's answer, of settings that MLX's layers keep otherwise, and of a dict's methods."""
    if not isinstance(value, nn.Module):
        return hasattr(value, name)
    if _key_of(value, name) is not None or _reader(value, name) is not None or _is_dropped(value, name):
        return True
    if name in _OF_MODULES or name in _OF_BOTH:
        return True
    return hasattr(value, name) and not hasattr(nn.Module, name) or hasattr(object, name)


def get_attribute(value, name, *default):
    """``getattr(value, name, default)`` where `value` may be a module: what PyTorch's has by that name."""
    if not isinstance(value, nn.Module):
        return getattr(value, name, *default)
    key, reader = _key_of(value, name), _reader(value, name)
    if key is not None:
        return getattr(value, key)
    if reader is not None:
        return reader(value)
    if name in ("eval", "train", "training") or hasattr(object, name) or not hasattr(nn.Module, name) and not _is_dropped(value, name):
        return getattr(value, name, *(() if name in _OF_MODULES else default))
    if name in _OF_BOTH or _is_dropped(value, name):
        raise NotImplementedError(f"`{name}` of a module is not what it is in PyTorch, and is asked for by a name that only the run knows")
    if default:
        return default[0]
    raise AttributeError(f"'{type(value).__name__}' object has no attribute '{name}'")
