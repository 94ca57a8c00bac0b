from pkg import mlx_compat as compat

from pkg import Encoder


def has_conv():
    return any(isinstance(m, compat.Conv1d) for m in compat.modules(Encoder()))
