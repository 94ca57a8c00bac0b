import mlx.nn as nn


def rename_in_mlx(module, name, key):
    """Note that what PyTorch calls `name` is the entry `key` of `module`."""
    # Past `Module.__setattr__`, which would put a dict into the module's own.
    object.__setattr__(module, "_torch_names", {**module.__dict__.get("_torch_names", {}), key: name})


def torch_name(module, key):
    """What PyTorch calls the entry `key` of `module`: a port says `fc_` for `_fc`, and `keys_` for `keys`."""
    noted = module.__dict__.get("_torch_names", {}).get(key)
    if noted is not None or not key.endswith("_") or key.startswith("_") or getattr(module, "has_given_names", False):
        return noted or key
    return key[:-1] if hasattr(nn.Module, key[:-1]) else "_" + key[:-1]


def shown_to_mlx(key):
    """What a container gives MLX for the key of a child: MLX takes names with an underscore in front for private."""
    return key.lstrip("_") + "_" if key.startswith("_") else key
