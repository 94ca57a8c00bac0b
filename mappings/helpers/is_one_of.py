def is_one_of(module, modules):
    """PyTorch's `module in modules`: a module is equal to itself alone. MLX's are dicts, and those without arrays are equal."""
    return any(module is other for other in modules)
