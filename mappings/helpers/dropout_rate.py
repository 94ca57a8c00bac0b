def dropout_rate(layer):
    """PyTorch's `layer.p`: MLX's own dropout keeps `1 - p`."""
    return round(1 - layer._p_1, 12) if hasattr(layer, "_p_1") else layer.p


def has_layer_setting(layer, name):
    """``hasattr(layer, name)`` of a setting that MLX's own layer keeps under another name."""
    return hasattr(layer, name) or name == "p" and hasattr(layer, "_p_1")


def set_dropout_rate(layer, p):
    """PyTorch's `layer.p = p`."""
    if hasattr(layer, "_p_1"):
        layer._p_1 = 1 - p
    else:
        layer.p = p
