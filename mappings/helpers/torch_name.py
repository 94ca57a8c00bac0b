def rename_in_mlx(module, name, key):
    """Note that what PyTorch calls `name` is the entry `key` of `module`."""
    # Past `Module.__setattr__`, which would put a dict into the module's own.
    object.__setattr__(module, "_torch_names", {**module.__dict__.get("_torch_names", {}), key: name})


def torch_name(module, key):
    """What PyTorch calls the entry `key` of `module`."""
    return module.__dict__.get("_torch_names", {}).get(key, key)
