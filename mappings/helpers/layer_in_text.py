import re

from .any_layer_named import any_layer_named


def layer_in_text(text, module="nn"):
    """`eval(text)` of a text that names PyTorch's layers by their module: `"nn.MaxPool2d"`, `"nn.LeakyReLU(0.1)"`. None of another text.

    In the port `module` is MLX's own, whose layers are others.
    """
    if not isinstance(text, str) or not re.search(rf"\b{module}\.", text):
        return None
    layers = _Layers()
    return eval(text, {module: layers, "torch": layers})


class _Layers:
    def __getattr__(self, name):
        return self if name == "nn" else any_layer_named(name)
