import json

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from .packed_objects import _PACKED_KINDS, _is_made_by_class, _pack_object, _unpack_object
from .torch_file import _read_zip


def save_state(state, f):
    """Writes nested containers of arrays, numbers, strings and other values, as `torch.save` is used for checkpoints.

    `f` is a path or a binary file. It becomes safetensors whatever its name says; what is not an array is kept in its metadata.
    Of settings (an `argparse.Namespace`, a dataclass, an enum) the class is named, which has to be importable when loading.
    """
    arrays = {}
    layout = _pack(state, "", arrays)
    if not hasattr(f, "write"):
        with open(f, "wb") as file:
            return save_state(state, file)
    mx.save_safetensors(f, arrays or {"": mx.zeros((1,))}, {"format": "pt", "layout": json.dumps(layout)})


def load_state(f):
    """Reads what `save_state` wrote, a file of `torch.save` that holds tensors and plain values, or the arrays of safetensors or npz.

    `f` is a path or a binary file.
    """
    if not hasattr(f, "read"):
        with open(f, "rb") as file:
            return load_state(file)
    start = f.read(9)
    f.seek(-len(start), 1)
    if start.startswith(b"PK"):
        return _read_zip(f)
    if start[8:] != b"{":
        name = getattr(f, "name", "the file")
        raise ValueError(f"{name} is neither safetensors nor a zip archive: `torch2mlx convert` reads PyTorch's older files")
    arrays, metadata = mx.load(f, format="safetensors", return_metadata=True)
    return _unpack(json.loads(metadata["layout"]), arrays) if "layout" in metadata else arrays


def _named(array, path, arrays):
    while path in arrays:  # {"a": {"b": x}, "a.b": y}
        path += "'"
    arrays[path] = array
    return path


def _pack(value, path, arrays):
    """`value` for JSON: each array is its key in `arrays`, all else that JSON lacks a pair (kind, contents)."""

    def pack(part, name):
        return _pack(part, f"{path}.{name}" if path and name else path or name, arrays)

    if isinstance(value, mx.array):
        return ["array", _named(value, path, arrays)]
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufcmMSU":
        items = np.ascontiguousarray(value).reshape(-1).view(np.uint8)
        return ["ndarray", [_named(mx.array(items), path, arrays), value.dtype.str, value.shape]]
    made = _pack_object(value, pack) if _is_made_by_class(type(value)) else None
    if made is not None:
        return made
    if isinstance(value, dict) and not isinstance(value, nn.Module):
        inner = f"{path}." if path else ""
        return ["dict", [[_pack(key, "", {}), _pack(item, f"{inner}{key}", arrays)] for key, item in value.items()]]
    for kind, (cls, write, _) in _PACKED_KINDS.items():
        if isinstance(value, cls):
            return [kind, write(value)]
    if isinstance(value, (list, tuple, set, frozenset)):
        kind = next(cls for cls in (list, tuple, set, frozenset) if isinstance(value, cls)).__name__
        return [kind, [_pack(item, f"{path}.{i}", arrays) for i, item in enumerate(value)]]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    made = None if isinstance(value, nn.Module) or callable(value) else _pack_object(value, pack)
    if made is not None:
        return made
    raise TypeError(f"cannot save a {type(value).__name__} (at {path or 'the top'})")


def _unpack(value, arrays):
    if not isinstance(value, list):
        return value
    kind, contents = value
    if kind == "array":
        return arrays[contents]
    if kind == "ndarray":
        return np.array(arrays[contents[0]]).view(contents[1]).reshape(contents[2])
    if kind == "object":
        return _unpack_object(contents, lambda part: _unpack(part, arrays))
    if kind == "dict":
        return {_unpack(key, arrays): _unpack(item, arrays) for key, item in contents}
    if kind in _PACKED_KINDS:
        return _PACKED_KINDS[kind][2](contents)
    items = [_unpack(item, arrays) for item in contents]
    return items if kind == "list" else {"tuple": tuple, "set": set, "frozenset": frozenset}[kind](items)
