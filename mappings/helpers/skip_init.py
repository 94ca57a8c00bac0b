def skip_init(module_cls, *args, **kwargs):
    """PyTorch's `nn.utils.skip_init`: the module; MLX computes initial values when they are read, so it costs nothing to have them."""
    kwargs.pop("device", None)
    return module_cls(*args, **kwargs)
