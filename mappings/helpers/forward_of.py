def forward_of(value):
    """`value.forward` of what may be a module: a module of MLX is called itself, and other objects have a method of that name."""
    return getattr(value, "forward", None) or value.__call__
