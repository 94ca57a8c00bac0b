import mlx.nn as nn


def dropout_rate(layer):
    """PyTorch's `layer.p`: MLX's own dropout keeps `1 - p`."""
    return round(1 - layer._p_1, 12) if hasattr(layer, "_p_1") else layer.p


def has_layer_setting(layer, name):
    """``hasattr(layer, name)`` of what MLX's own layers keep under another name, or lack where PyTorch's have None."""
    lacked = {
        nn.Linear: ("in_features", "out_features", "bias"),
        nn.Embedding: ("num_embeddings", "embedding_dim"),
        nn.LayerNorm: ("normalized_shape", "elementwise_affine", "weight", "bias"),
        nn.RMSNorm: ("normalized_shape", "elementwise_affine", "weight"),
    }
    is_lacked = any(isinstance(layer, kind) and name in names for kind, names in lacked.items())
    return hasattr(layer, name) or is_lacked or name == "p" and hasattr(layer, "_p_1")


def set_dropout_rate(layer, p):
    """PyTorch's `layer.p = p`."""
    if hasattr(layer, "_p_1"):
        layer._p_1 = 1 - p
    else:
        layer.p = p


def set_in_dict(layer, *settings, **named):
    """PyTorch's `layer.__dict__.update(settings)`, where `layer` may be a dropout."""
    for name, value in dict(*settings, **named).items():
        if name == "p":
            set_dropout_rate(layer, value)
        else:
            layer.__dict__[name] = value


def get_in_dict(layer, name, *default):
    """PyTorch's `layer.__dict__[name]` and `layer.__dict__.get(name, default)`, where `layer` may be a dropout."""
    if name == "p" and hasattr(layer, "_p_1"):
        return dropout_rate(layer)
    return layer.__dict__.get(name, *default) if default else layer.__dict__[name]


def set_default_in_dict(layer, name, value=None):
    """PyTorch's `layer.__dict__.setdefault(name, value)`: a dropout has its rate."""
    return get_in_dict(layer, name) if name == "p" and hasattr(layer, "_p_1") else layer.__dict__.setdefault(name, value)
