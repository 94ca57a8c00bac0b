"""Results on disk: one JSON line a case for the structure, one binary file beside it for the arrays.

Both files only grow, so that what was finished survives an interpreter that crashes."""

import collections.abc
import dataclasses
import json
import math

import numpy as np


class Writer:
    """Appends the records and arrays of one side to `<side>.jsonl` and `<side>.bin`."""

    def __init__(self, folder, side):
        self.lines = open(folder / f"{side}.jsonl", "a", encoding="utf-8")
        self.arrays = open(folder / f"{side}.bin", "ab")

    def array(self, values, dtype=None, tag="array"):
        values = np.asarray(values)
        node = {"t": tag, "dtype": dtype or str(values.dtype), "stored": str(values.dtype), "shape": list(values.shape), "at": self.arrays.tell()}
        self.arrays.write(values.tobytes())
        return node

    def record(self, record):
        self.arrays.flush()
        self.lines.write(json.dumps(record) + "\n")
        self.lines.flush()


class Reader:
    """Reads what a `Writer` wrote."""

    def __init__(self, folder, side):
        text = (folder / f"{side}.jsonl").read_text(encoding="utf-8")
        self.records = {r["id"]: r for r in map(json.loads, text.splitlines())}
        file = folder / f"{side}.bin"
        self.bytes = np.memmap(file, np.uint8, "r") if file.exists() and file.stat().st_size else np.zeros(0, np.uint8)

    def array(self, node):
        dtype = np.dtype(node["stored"])
        count = math.prod(node["shape"])
        data = self.bytes[node["at"] : node["at"] + count * dtype.itemsize]
        return np.frombuffer(data.tobytes(), dtype).reshape(node["shape"])


def parts_of(value):
    """`(kind, children)` of a container, None of a leaf. Children of mappings are sorted: insertion order is not compared."""
    if isinstance(value, collections.abc.Mapping):
        return "dict", sorted(((str(k), v) for k, v in value.items()), key=lambda item: item[0])
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return "dict", sorted((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
    if isinstance(value, (list, tuple)):
        return "seq", list(enumerate(value))
    if isinstance(value, (set, frozenset)):
        return "set", list(enumerate(sorted(value, key=repr)))
    if isinstance(value, collections.abc.Iterator) or isinstance(value, (type({}.keys()), type({}.values()), type({}.items()))):
        return "seq", list(enumerate(value))
    return None


def encode(value, side, writer):
    """The node of a result: what `compare` reads."""
    found = side.array(value)
    if found is not None:
        return writer.array(*found)
    if side.is_module(value):
        return {"t": "module", "items": {k: writer.array(*v) for k, v in side.final_state(value).items()}}
    name = side.dtype_name(value)
    if name is not None:
        return {"t": "dtype", "v": name}
    if isinstance(value, (np.ndarray, np.generic)):
        return writer.array(value, tag="ndarray")
    if value is None or isinstance(value, (bool, int, str)):
        return {"t": type(value).__name__, "v": value}
    if isinstance(value, float):
        return {"t": "float", "v": repr(value)}
    if isinstance(value, complex):
        return {"t": "complex", "v": [repr(value.real), repr(value.imag)]}
    parts = parts_of(value)
    if parts is not None:
        kind, children = parts
        node = {"t": kind, "items": [[k, encode(v, side, writer)] for k, v in children]}
        return {**node, "tuple": True} if isinstance(value, tuple) else node
    return {"t": "object", "v": type(value).__name__}


def float_leaves(value, side):
    """The differentiable arrays of a result, in the order of `encode`."""
    if side.is_float(value):
        return [value]
    if side.array(value) is not None or side.is_module(value) or isinstance(value, str):
        return []
    parts = parts_of(value)
    return [leaf for _, child in parts[1] for leaf in float_leaves(child, side)] if parts else []


def decode(node, reader, leaf):
    """The value of a node: arrays through `leaf(values, dtype)`."""
    kind = node["t"]
    if kind == "array":
        return leaf(reader.array(node), node["dtype"])
    if kind == "ndarray":
        return reader.array(node).copy()
    if kind in ("seq", "set"):
        items = [decode(child, reader, leaf) for _, child in node["items"]]
        return tuple(items) if node.get("tuple") else items
    if kind == "dict":
        return {key: decode(child, reader, leaf) for key, child in node["items"]}
    if kind == "float":
        return float(node["v"])
    if kind == "complex":
        return complex(*map(float, node["v"]))
    if kind in ("NoneType", "bool", "int", "str"):
        return node["v"]
    raise ValueError(f"an input of kind {node['v']} can't travel to the other side")
