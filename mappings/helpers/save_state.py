import json

import mlx.core as mx
import numpy as np


def save_state(state, f):
    """Writes nested dicts, lists and tuples of arrays, numbers, strings and None, as `torch.save` is used for checkpoints.

    `f` is a path or a binary file. It becomes safetensors whatever its name says; what is not an array is kept in its metadata.
    """
    arrays = {}
    layout = _pack(state, "", arrays)
    if not hasattr(f, "write"):
        with open(f, "wb") as file:
            return save_state(state, file)
    mx.save_safetensors(f, arrays or {"": mx.zeros((1,))}, {"format": "pt", "layout": json.dumps(layout)})


def load_state(f):
    """Reads what `save_state` wrote, or any safetensors file as a flat dict of arrays. `f` is a path or a binary file."""
    if not hasattr(f, "read"):
        with open(f, "rb") as file:
            return load_state(file)
    start = f.read(9)
    f.seek(-len(start), 1)
    if start[8:] != b"{":
        name = getattr(f, "name", "the file")
        raise ValueError(f"{name} is no safetensors file: load a PyTorch checkpoint with torch and save its tensors as safetensors first")
    arrays, metadata = mx.load(f, format="safetensors", return_metadata=True)
    return _unpack(json.loads(metadata["layout"]), arrays) if "layout" in metadata else arrays


def _pack(value, path, arrays):
    """`value` for JSON: each array is its key in `arrays`, each container a pair (kind, contents)."""
    if isinstance(value, mx.array):
        arrays[path] = value
        return ["array", path]
    if isinstance(value, dict):
        inner = f"{path}." if path else ""
        return ["dict", [[_pack(key, "", {}), _pack(item, f"{inner}{key}", arrays)] for key, item in value.items()]]
    if isinstance(value, (list, tuple)):
        kind = "list" if isinstance(value, list) else "tuple"
        return [kind, [_pack(item, f"{path}.{i}", arrays) for i, item in enumerate(value)]]
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"cannot save a {type(value).__name__} (at {path or 'the top'})")


def _unpack(value, arrays):
    if not isinstance(value, list):
        return value
    kind, contents = value
    if kind == "array":
        return arrays[contents]
    if kind == "dict":
        return {_unpack(key, arrays): _unpack(item, arrays) for key, item in contents}
    items = [_unpack(item, arrays) for item in contents]
    return items if kind == "list" else tuple(items)
