import importlib.metadata
import importlib.util


def find_spec(name, package=None):
    """`importlib.util.find_spec`, where MLX takes PyTorch's place: whether torch is there asks if the ported code can run."""
    return importlib.util.find_spec("mlx" if name == "torch" else name, package)


def package_version(distribution_name):
    """`importlib.metadata.version`, which says of torch the version whose behaviour the port reproduces."""
    return "2.15.0" if distribution_name == "torch" else importlib.metadata.version(distribution_name)
