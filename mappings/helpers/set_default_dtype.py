import mlx.core as mx


def set_default_dtype(d):
    """``torch.set_default_dtype``: MLX's default is float32, and can't be another one."""
    if d != mx.float32:
        raise NotImplementedError(f"MLX has no default dtype to set to {d}: pass dtype= where arrays are made")
