"""The weights of the torch side: seeded values, or a checkpoint. They are shipped to the MLX side as a PyTorch state."""

import difflib
import pathlib

import numpy as np
import torch

from . import specs
from .stages import Stop, stage


def fill(module, seed, only_constant=False):
    """Seeded values into parameters and constant float buffers: zeros and ones hide mistakes.

    With `only_constant`, parameters that were initialised with random numbers keep them. A buffer with structure (a mask, a table) is part of
    the program and stays; a constant one is a start value."""
    with torch.no_grad():
        for key, tensor in module.named_parameters():
            if is_uninitialized(tensor):
                raise ValueError(f"{key} has no shape yet: call the lazy module in the setup")
            if only_constant and not (tensor.is_floating_point() and is_constant(tensor)):
                continue
            put(tensor, specs.rng(*seed, key), scale=(tensor.shape[0] / max(tensor.numel(), 1)) ** 0.5 if tensor.dim() > 1 else None)
        persistent = module.state_dict(keep_vars=True)
        for key, tensor in module.named_buffers():
            if key in persistent and tensor.is_floating_point() and is_constant(tensor) and bool(tensor.isfinite().all()):
                put(tensor, specs.rng(*seed, key), positive=key.endswith("var"))


def is_lazy(module):
    """Whether a parameter or buffer has no shape before the first call."""
    return any(is_uninitialized(tensor) for tensor in (*module.parameters(), *module.buffers()))


def is_uninitialized(tensor):
    return isinstance(tensor, torch.nn.parameter.UninitializedTensorMixin)


def is_constant(tensor):
    return bool(tensor.numel()) and bool((tensor == tensor.flatten()[0]).all())


def put(tensor, r, scale=None, positive=False):
    """Matrices by their fan-in; anything smaller is moved away from where it starts."""
    noise = r.standard_normal(tuple(tensor.shape))
    if tensor.is_complex():
        noise = noise + 1j * r.standard_normal(tuple(tensor.shape))
    if scale is not None:
        values = torch.from_numpy(np.asarray(noise * scale))
    else:
        start = float(tensor.real.float().mean()) if tensor.numel() else 0.0
        values = torch.from_numpy(np.asarray(start + 0.3 * (np.abs(noise) if positive else noise)))
    tensor.copy_(values.to(tensor.dtype))


def tied(module):
    """Groups of keys that are one tensor."""
    groups = {}
    for key, tensor in module.state_dict(keep_vars=True).items():
        groups.setdefault(id(tensor), []).append(key)
    return [keys for keys in groups.values() if len(keys) > 1]


def load(module, path):
    """A checkpoint into the original, as strictly as PyTorch does."""
    path = pathlib.Path(path)
    advice = "the file is a PyTorch state dict (.pt, .pth, .bin) or .safetensors"
    if not path.exists():
        raise Stop("weights", f"there is no checkpoint `{path}`", advice)
    with stage("weights", f"the checkpoint `{path.name}` can't be read", advice):
        state = read(path)
    own = module.state_dict()
    state = strip(state, own)
    missing, extra = [k for k in own if k not in state], [k for k in state if k not in own]
    shapes = [k for k in own if k in state and tuple(own[k].shape) != tuple(state[k].shape)]
    if missing or extra or shapes:
        raise Stop("weights", f"the checkpoint `{path.name}` doesn't fit `{type(module).__name__}`", misfit(own, state, missing, extra, shapes))
    module.load_state_dict(state)


def misfit(own, state, missing, extra, shapes):
    said = []
    if shapes:
        key = shapes[0]
        said.append(f"`{key}` is {list(state[key].shape)} in the file and {list(own[key].shape)} in the model ({len(shapes)} of wrong shape): check `--args`")
    if missing:
        near = difflib.get_close_matches(missing[0], extra, 1, 0.6)
        said.append(f"{len(missing)} keys are missing, such as `{missing[0]}`" + (f" (the file has `{near[0]}`)" if near else ""))
    if extra:
        said.append(f"{len(extra)} keys are not of the model, such as `{extra[0]}`")
    return "; ".join(said)


def read(path):
    if path.suffix == ".safetensors":
        return read_safetensors(path)
    value = torch.load(path, map_location="cpu", weights_only=True)
    while isinstance(value, dict) and not all(isinstance(v, torch.Tensor) for v in value.values()):
        inner = [value[k] for k in ("state_dict", "model_state_dict", "model", "net", "weights", "ema") if isinstance(value.get(k), dict)]
        if not inner:
            raise ValueError(f"no state dict in it; its keys are {', '.join(map(str, list(value)[:6]))}")
        value = inner[0]
    return value


def read_safetensors(path):
    """The format is a length, a JSON header, and the bytes."""
    import json

    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    kinds = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64, "I32": torch.int32,
             "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool}
    state = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        part = bytearray(data[8 + size + start : 8 + size + end])
        kind = kinds[entry["dtype"]]
        state[name] = (torch.frombuffer(part, dtype=kind) if part else torch.zeros(0, dtype=kind)).reshape(entry["shape"])
    return state


def strip(state, own):
    """Prefixes that wrappers add: `module.` of data parallel, `_orig_mod.` of compile."""
    for prefix in ("module.", "_orig_mod.", "model."):
        if state and all(k.startswith(prefix) for k in state) and not any(k.startswith(prefix) for k in own):
            state = {k.removeprefix(prefix): v for k, v in state.items()}
    return state
