"""The smallest convolution. Also a script: python src/pkg/ops/conv.py"""
try:
    from .. import mlx_compat as compat
except ImportError:
    import mlx_compat as compat


def conv(width):
    return compat.Conv1d(1, width, 3)


if __name__ == "__main__":
    layer = conv(3)
    print(layer.weight.shape)
