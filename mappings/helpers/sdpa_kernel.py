import contextlib


def sdpa_kernel(*args, **kwargs):
    """A context that does nothing: which kernel computes attention changes the speed alone, and MLX has one."""
    return contextlib.nullcontext()
