"""The weights of a case through `torch2mlx convert --for`: what users do with a checkpoint of the original."""

import pathlib
import subprocess

from mlx.utils import tree_flatten


def load(side, module, state, case):
    """Converts the checkpoint, loads it strictly, and holds it against `load_torch_weights` and against the way back."""
    mx, before = side.mx, pathlib.Path(case["checkpoint"])
    there, back = before.with_suffix(".mlx.safetensors"), before.with_suffix(".pt.safetensors")
    target = f"{case['port']}:{class_of(module)}"
    try:
        convert(case, before, there, target)
        module.load_weights(str(there))
        converted = dict(tree_flatten(module.parameters()))
        side.loader("load_torch_weights")(module, state)
        walked = dict(tree_flatten(module.parameters()))
        differs = [k for k in walked if not same(mx, walked[k], converted.get(k))]
        if differs or walked.keys() != converted.keys():
            raise ValueError(f"`convert` and `load_torch_weights` give different weights: {differs[:5]}")
        convert(case, there, back, target, "--to", "pytorch")
        returned = mx.load(str(back))
        lost = [k for k in state if not same(mx, state[k], returned.get(k))]
        more = [k for k in returned if k not in state and not k.endswith("num_batches_tracked")]
        if lost or more:
            raise ValueError(f"the way back to PyTorch loses {lost[:5]} and adds {more[:5]}")
    finally:
        for file in (before, there, back):
            file.unlink(missing_ok=True)


def convert(case, source, out, target, *more):
    command = [case["program"], "convert", str(source), "--for", target, "-o", str(out), "--quiet", *more]
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode:
        raise RuntimeError(f"convert: {ran.stderr.strip()}")


def class_of(module):
    """The class as the port defines it: helpers may have given the object one that is made from it."""
    own = next(cls for cls in type(module).__mro__ if cls.__module__.rpartition(".")[2] != "mlx_compat")
    return f"{own.__module__}.{own.__qualname__}"


def same(mx, a, b):
    if b is None or a.shape != b.shape or a.dtype != b.dtype:
        return False
    floats = mx.issubdtype(a.dtype, mx.inexact)
    return bool(mx.array_equal(a, b, equal_nan=True) if floats else mx.array_equal(a, b))
