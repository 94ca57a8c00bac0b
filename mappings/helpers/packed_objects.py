"""What `save_state` keeps beside arrays, containers and what JSON has."""

import collections
import dataclasses
import datetime
import enum
import functools
import importlib
import pathlib
import types

import mlx.core as mx
import numpy as np

# By kind: the class, what is written of a value, and how it is read. The more special class comes first.
_PACKED_KINDS = {
    "number": (np.generic, lambda value: [value.dtype.str, value.tobytes().hex()], lambda of: np.frombuffer(bytes.fromhex(of[1]), of[0])[0]),
    "complex": (complex, lambda value: [value.real, value.imag], lambda of: complex(*of)),
    "range": (range, lambda value: [value.start, value.stop, value.step], lambda of: range(*of)),
    "bytes": (bytes, bytes.hex, bytes.fromhex),
    "Path": (pathlib.PurePath, str, pathlib.Path),
    "datetime": (datetime.datetime, lambda value: value.isoformat(), datetime.datetime.fromisoformat),
    "date": (datetime.date, lambda value: value.isoformat(), datetime.date.fromisoformat),
    "timedelta": (datetime.timedelta, lambda value: [value.days, value.seconds, value.microseconds], lambda of: datetime.timedelta(*of)),
    "Dtype": (mx.Dtype, lambda value: str(value).rpartition(".")[2], lambda of: getattr(mx, of + "_" * (of == "bool"))),
}
_PACKED_DICTS = (collections.OrderedDict, collections.Counter, collections.defaultdict)


def _named_class(name):
    module, _, path = name.partition(":")
    found = functools.reduce(getattr, path.split("."), importlib.import_module(module))
    if not isinstance(found, type):
        raise TypeError(f"{name} is no class")
    return found


def _is_made_by_class(cls):
    """Whether it takes more than its attributes, or its items as a plain dict or tuple, to make such an object anew."""
    return issubclass(cls, enum.Enum) or cls in _PACKED_DICTS or (issubclass(cls, tuple) and hasattr(cls, "_fields"))


def _pack_object(value, pack):
    """A value as its class and what `_unpack_object` makes it of; `pack(part, name)` packs parts. None where Python's pickle has its own way."""
    cls = type(value)
    name = f"{cls.__module__}:{cls.__qualname__}"
    try:
        if _named_class(name) is not cls:
            return None
    except (ImportError, AttributeError, TypeError):
        return None
    if isinstance(value, enum.Enum):
        return ["object", [name, pack(value.value, "value")]]
    if cls in _PACKED_DICTS:
        factory = getattr(value, "default_factory", None)
        if factory is not None and factory not in (bool, dict, float, int, list, set, str, tuple):
            return None
        return ["object", [name, pack(dict(value), ""), factory and f"builtins:{factory.__name__}"]]
    if isinstance(value, tuple):
        return ["object", [name, pack(tuple(value), "")]]
    own = ("__reduce__", "__reduce_ex__", "__getstate__", "__setstate__", "__getnewargs__", "__getnewargs_ex__")
    if cls is not types.SimpleNamespace and not dataclasses.is_dataclass(value):
        if any(getattr(cls, method, None) is not getattr(object, method, None) for method in own):
            return None
    fields = [field.name for field in dataclasses.fields(value)] if dataclasses.is_dataclass(value) else []
    attributes = {field: getattr(value, field) for field in fields if hasattr(value, field)} | getattr(value, "__dict__", {})
    try:
        return ["object", [name, pack(attributes, "")]] if _without_init(cls) is not None else None
    except TypeError:
        return None


def _without_init(cls):
    return types.SimpleNamespace() if cls is types.SimpleNamespace else object.__new__(cls)


def _unpack_object(contents, unpack):
    name, inner, *factory = contents
    cls, inner = _named_class(name), unpack(inner)
    if issubclass(cls, enum.Enum):
        return cls(inner)
    if cls is collections.defaultdict:
        return cls(factory[0] and _named_class(factory[0]), inner)
    if cls in _PACKED_DICTS:
        return cls(inner)
    if issubclass(cls, tuple):
        return cls._make(inner)
    value = _without_init(cls)
    for attribute, item in inner.items():
        object.__setattr__(value, attribute, item)
    return value
