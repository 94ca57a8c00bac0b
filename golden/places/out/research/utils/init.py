import mlx_compat as compat


def init_weights(model):
    """Constants, so that a test can see who was found."""
    for module in compat.modules(model):
        if isinstance(module, compat.Conv2d):
            compat.constant_(module.weight, 0.5)
            compat.zeros_(module.bias)
