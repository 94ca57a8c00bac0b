import argparse
import codecs
import pathlib
import pickle
import zipfile
from collections import OrderedDict

import mlx.core as mx
import numpy as np

from .foreign_optimizer import _marked

# What a storage of PyTorch holds, for NumPy.
_STORAGES = {
    "FloatStorage": np.float32, "DoubleStorage": np.float64, "HalfStorage": np.float16, "BFloat16Storage": np.uint16,
    "LongStorage": np.int64, "IntStorage": np.int32, "ShortStorage": np.int16, "CharStorage": np.int8, "ByteStorage": np.uint8,
    "BoolStorage": np.bool_, "ComplexFloatStorage": np.complex64,
}  # fmt: skip


class _TorchUnpickler(pickle.Unpickler):
    """Makes arrays of the tensors in a file of `torch.save`. What else the file names is refused, and nothing of it runs."""

    def __init__(self, archive, root):
        super().__init__(archive.open(f"{root}data.pkl"))
        self.archive, self.root = archive, root

    def find_class(self, module, name):
        if module == "torch" and name in _STORAGES:
            return name
        if module == "torch" and isinstance(getattr(mx, name, None), mx.Dtype):
            return getattr(mx, name)
        if (module, name) not in _MADE:
            raise pickle.UnpicklingError(
                f"the file holds `{module}.{name}`, an object of the program that wrote it: `torch2mlx convert` takes the weights out of it"
            )
        return _MADE[module, name]

    def persistent_load(self, pid):
        _, storage, key, _, size = pid
        values = np.frombuffer(self.archive.read(f"{self.root}data/{key}"), _STORAGES[storage])
        if len(values) < size:
            raise pickle.UnpicklingError(f"the file lacks a part of storage {key}")
        return storage, values


def _rebuild_tensor(storage, offset, size, stride, requires_grad=False, hooks=None, metadata=None):
    kind, values = storage
    end = offset + 1 + sum((n - 1) * step for n, step in zip(size, stride))
    if 0 not in size and (min((offset, *stride)) < 0 or end > len(values)):
        raise pickle.UnpicklingError("a tensor of the file reaches beyond its storage")
    strides = [step * values.itemsize for step in stride]
    array = mx.array(np.lib.stride_tricks.as_strided(values[offset:], size, strides)) if 0 not in size else mx.array(np.zeros(size, values.dtype))
    return array.view(mx.bfloat16) if kind == "BFloat16Storage" else array


def _scalar(dtype, data):
    return np.frombuffer(data, dtype)[0]


_MADE = {
    ("collections", "OrderedDict"): OrderedDict,
    ("builtins", "set"): set,
    ("__builtin__", "set"): set,
    ("argparse", "Namespace"): argparse.Namespace,
    ("pathlib", "PosixPath"): pathlib.Path,
    ("torch", "Size"): tuple,
    ("torch", "device"): lambda *parts: ":".join(map(str, parts)),
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): lambda data, requires_grad, hooks: data,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "scalar"): _scalar,
    ("numpy._core.multiarray", "scalar"): _scalar,
    ("_codecs", "encode"): lambda text, encoding: codecs.encode(text, "latin1"),
}


def _read_zip(f):
    """What a file of `torch.save` holds, with arrays for tensors, or the arrays of a NumPy archive."""
    with zipfile.ZipFile(f) as archive:
        pickled = next((name for name in archive.namelist() if name.split("/")[1:] == ["data.pkl"] or name == "data.pkl"), None)
        if pickled is not None:
            return _marked(_TorchUnpickler(archive, pickled.removesuffix("data.pkl")).load())
    f.seek(0)
    with np.load(f, allow_pickle=False) as arrays:
        return {name: mx.array(array) for name, array in arrays.items()}
