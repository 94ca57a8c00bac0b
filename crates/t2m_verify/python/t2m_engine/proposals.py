"""Inputs for an entry about which nothing is said: from annotations, and from the layers that a parameter first meets.

Guesses are tried on the original until one runs. What ran is printed for the user to keep."""

import ast
import inspect
import itertools
import textwrap

from . import specs
from .stages import Stop

MOST = 300  # combinations that are tried
ANY = ["float32[2, 3, 32, 32]", "float32[2, 16, 64]", "float32[2, 64]", "int64[2, 16] < 10", "float32[2, 1, 28, 28]", "int64[2] < 10", "float32[2]"]
SIZES = (32, 28, 64, 224, 16, 8, 24, 48, 96, 128, 112, 12, 20, 36, 40, 256, 14, 10, 6)  # a flattened image fits one size alone
PLAIN = {"bool": ["True"], "int": ["2"], "float": ["0.5"]}


def propose(flow, function):
    """`(values, declaration)` of inputs that the original takes."""
    signature = inspect.signature(function)
    wanted = [p for p in signature.parameters.values() if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    if not wanted:
        return {}, {}
    first = first_uses(function, flow.model)
    options = [guesses(p, first.get(p.name, []), flow.model) for p in wanted]
    error = None
    for combination in itertools.islice(itertools.product(*options), MOST):
        declared = {p.name: spec for p, spec in zip(wanted, combination)}
        made = {name: specs.make(spec, flow.case["seed"], name) for name, spec in declared.items()}
        values = flow.to_side(made)
        try:
            with flow.side.without_gradients():
                function(**values)
        except Exception as failed:
            error = error or failed
            continue
        finally:
            flow.restore()
        return made, declared
    names = ", ".join(f"{p.name}: float32[...]" for p in wanted)
    raise Stop("inputs", f"no inputs are declared, and none of the guesses for `{flow.entry.text}` ran", f'declare them: --inputs "{names}"', error)


def guesses(parameter, layers, model):
    """Specs for one parameter, the likeliest first."""
    annotation = parameter.annotation if isinstance(parameter.annotation, str) else getattr(parameter.annotation, "__name__", "")
    if annotation in PLAIN:
        return PLAIN[annotation]
    found = [spec for layer in layers for spec in of_layer(layer)]
    if not found and model is not None:
        leaves = [m for m in model.modules() if not list(m.children())]
        found = [spec for layer in leaves[:3] for spec in of_layer(layer)]
    if "mask" in parameter.name:
        found = ["bool[2, 16]", *found]
    return list(dict.fromkeys(found)) + [spec for spec in ANY if spec not in found]


def of_layer(layer):
    """What a layer takes, by its name and sizes."""
    name = type(layer).__name__
    size = lambda *keys: next((getattr(layer, k) for k in keys if isinstance(getattr(layer, k, None), int)), None)
    channels = size("in_channels", "num_features", "num_channels")
    if name.startswith("Embedding"):
        return [f"int64[2, 16] < {layer.num_embeddings}", f"int64[2, 8] < {layer.num_embeddings}", f"int64[2] < {layer.num_embeddings}"]
    if channels and name.endswith("1d"):
        return [f"float32[2, {channels}, 64]", f"float32[2, {channels}]"]
    if channels and name.endswith("2d"):
        return [f"float32[2, {channels}, {n}, {n}]" for n in SIZES]
    if channels and name.endswith("3d"):
        return [f"float32[2, {channels}, 16, 16, 16]"]
    width = size("in_features", "input_size", "embed_dim", "d_model")
    if width and name.startswith(("LSTM", "GRU", "RNN", "Multihead", "Transformer")):
        return [f"float32[2, 16, {width}]"]
    if width:
        return [f"float32[2, {width}]", f"float32[2, 16, {width}]"]
    shape = getattr(layer, "normalized_shape", None)
    return [f"float32[2, 16, {', '.join(map(str, shape))}]"] if shape else []


def first_uses(function, model):
    """{parameter: leaf layers that it is passed to in the text of `forward`}, in order."""
    if model is None:
        return {}
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return {}
    found = {}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Name)):
            continue
        layer = reached(node.func, model)
        while layer is not None and list(layer.children()):
            layer = next(layer.children())
        if layer is not None:
            found.setdefault(node.args[0].id, []).append(layer)
    return found


def reached(node, model):
    """The module that `self.a.b` or `self.a[0]` is."""
    import torch

    if isinstance(node, ast.Name):
        return model if node.id == "self" else None
    if isinstance(node, ast.Attribute):
        owner = reached(node.value, model)
        value = getattr(owner, node.attr, None) if owner is not None else None
        return value if isinstance(value, torch.nn.Module) else None
    if isinstance(node, ast.Subscript):
        owner = reached(node.value, model)
        return next(owner.children(), None) if owner is not None else None
    return None
