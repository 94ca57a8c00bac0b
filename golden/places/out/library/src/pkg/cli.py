from pkg import mlx_compat as compat

from pkg.model import Encoder


def count(model):
    return len([m for m in compat.modules(model) if isinstance(m, compat.Conv1d)])


if __name__ == "__main__":
    print(count(Encoder()))
