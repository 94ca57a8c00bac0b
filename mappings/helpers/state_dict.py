from collections import namedtuple

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim

from .add_module import add_module
from .foreign_optimizer import _FOREIGN_OPTIMIZER
from .module_tree import _arrays, _as_module, _joined, named_modules


def _parts_of(optimizer):
    """(optimizer, what else the program keeps) of each parameter group."""
    groups = getattr(optimizer, "param_groups", None)
    if groups is None:
        return [(optimizer, vars(getattr(optimizer, "own_group", optimizer)).setdefault("more", {}))]
    return [(group.optimizer, group.more) for group in groups if hasattr(group, "optimizer")]


def _set_settings(optimizer):
    """The settings of each group, where a program has set one besides the learning rate, which is in the state: else none."""
    parts = _parts_of(optimizer)
    if not any(getattr(own, "has_set_settings", False) for own, _ in parts):
        return []
    hidden = ("own_group", "more", "exact_lr", "has_set_settings")
    kept = [{key: value for key, value in vars(own).items() if not key.startswith("_") and key not in hidden} for own, _ in parts]
    lrs = [getattr(own, "exact_lr", own.learning_rate.item()) for own, _ in parts]
    more = [{key: value for key, value in more.items() if key != "params"} for _, more in parts]
    return [{"lr": lr, **settings, **more} for lr, settings, more in zip(lrs, kept, more)]


def _load_optimizer(optimizer, state_dict):
    """The arrays of the parameters, which are not copied, and the settings that were set."""
    saved = state_dict["param_groups"] if "param_groups" in state_dict else []
    if any("params" in settings for settings in saved):
        raise ValueError(_FOREIGN_OPTIMIZER)
    state, current, parts = state_dict["state"] if saved else state_dict, optimizer.state, _parts_of(optimizer)
    if isinstance(state, list) != isinstance(current, list) or isinstance(state, list) and len(state) != len(current) or saved and parts and len(saved) != len(parts):
        raise ValueError("loaded state dict has a different number of parameter groups")
    if hasattr(current, "go_by"):
        kept = dict(state)
        current.clear()
        current.update(kept)
    elif isinstance(state, list):
        optimizer.state = [own if own is now else dict(own) for own, now in zip(state, current)]
    elif state is not current:  # each keeps a learning rate and a count of steps of its own there
        optimizer.state = dict(state)
    for settings, group in zip(saved, getattr(optimizer, "param_groups", [])):
        if isinstance(group, dict):  # of a program's own optimizer
            group.update(settings)
    for settings, (own, more) in zip(saved, parts):
        own.has_set_settings = True
        for key, value in settings.items():
            if key == "lr":
                own.exact_lr = own.learning_rate = value
            elif key in vars(own):
                setattr(own, key, value)
            else:
                more[key] = value


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    def __repr__(self):
        return super().__repr__() if self.missing_keys or self.unexpected_keys else "<All keys matched successfully>"

    __str__ = __repr__


def state_dict(module, destination=None, prefix="", keep_vars=False):
    """PyTorch's `state_dict`: flat names, PyTorch's layouts, buffers included. An optimizer or scheduler is asked for its own."""
    if isinstance(module, optim.Optimizer):
        settings = _set_settings(module)
        return {"state": module.state, "param_groups": settings} if settings else module.state
    module = _as_module(module)
    if not isinstance(module, nn.Module):
        return module.state_dict()
    arrays = _arrays(module, prefix.rstrip("."), remove_duplicate=False)
    own = {_joined(path, name): _to_torch_layout(owner, name, holder[key]) for path, name, owner, holder, key in arrays}
    if destination is None:
        return own
    destination.update(own)
    return destination


def load_state_dict(module, state_dict, strict=True, assign=False):
    """PyTorch's `module.load_state_dict`: PyTorch's keys and layouts into an MLX module.

    Values are written into the arrays that are there, whoever holds them, in their dtype; with `assign` they take their places. A key is followed through the instantiated module: the children of a
    `Sequential` by number or name, lists, dicts, and attributes that a port renamed (`_name` and `keys` to `name_`
    and `keys_`). Native MLX convolutions get their weights transposed. Wrong shapes always raise; missing and
    unexpected keys raise if `strict`, and are returned otherwise.
    """
    if isinstance(module, optim.Optimizer):
        _load_optimizer(module, state_dict)
        return None
    if not isinstance(module, (nn.Module, list)):  # a scheduler
        return module.load_state_dict(state_dict)
    _take_shapes(module, state_dict)
    own = {_joined(path, name): (id(holder), key) for path, name, _, holder, key in _arrays(module, remove_duplicate=False)}
    found, renamed, unexpected, errors = {}, set(), [], []
    for key, value in state_dict.items():
        slot = _resolve(module, module, key.split("."))
        if slot is None:
            if not key.endswith("num_batches_tracked"):
                unexpected.append(key)
            continue
        owner, holder, name = slot
        if key not in own:
            renamed.add((id(holder), name))
        current = holder[name]
        if value is current:  # the module's own state: who holds the array goes on to see what is written to it
            continue
        value = _from_torch_layout(owner, name, mx.array(value))
        if value.shape != current.shape:
            errors.append(
                f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, the shape in current model is {current.shape}."
            )
        else:
            found[id(holder), name] = holder, value
    # Each module says what it does not know before its children do.
    places = {path: i for i, (path, _) in enumerate(named_modules(module, remove_duplicate=False))}
    unexpected.sort(key=lambda key: max(places[path] for path in _paths_around(key) if path in places))
    missing = [
        name
        for name, place in own.items()
        if name not in state_dict and place not in renamed and not name.endswith("num_batches_tracked")  # old checkpoints have none
    ]
    if strict:
        lists = [("Missing", missing), ("Unexpected", unexpected)]
        errors = [f"{what} key(s) in state_dict: {_quoted(keys)}. " for what, keys in lists if keys] + errors
    if errors:
        # PyTorch's words: programs look for them.
        raise RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}:\n\t" + "\n\t".join(errors))
    for (_, name), (holder, value) in found.items():
        if assign:
            holder[name] = value
        else:
            holder[name][...] = value.astype(holder[name].dtype)
    return _IncompatibleKeys(missing, unexpected)


def _paths_around(key):
    parts = key.split(".")
    return [".".join(parts[:i]) for i in range(len(parts))]


def _quoted(keys):
    return ", ".join(f'"{key}"' for key in keys)


def _take_shapes(module, state_dict):
    """Lazy layers that nobody called yet learn from the state how many inputs they have."""
    for path, owner in named_modules(module):
        if hasattr(owner, "_take_shape"):
            start = path + "." if path else ""
            owner._take_shape({key.removeprefix(start): value for key, value in state_dict.items() if key.startswith(start)})


def get_submodule(module, target):
    """PyTorch's `get_submodule`: the module at a dotted path of PyTorch's names. A plain list of modules stands for a `ModuleList`."""
    slot = _resolve(module, module, target.split("."), (nn.Module, list)) if target else None
    if target and slot is None:
        raise AttributeError(f"{type(module).__name__} has no submodule {target}")
    return _as_module(slot[1][slot[2]] if target else module)


def set_submodule(module, target, new, strict=False):
    """PyTorch's `set_submodule`: puts `new` in the place of the module at a dotted path."""
    slot = _resolve(module, module, target.split("."), nn.Module)
    if slot is not None:
        slot[1][slot[2]] = new
        return
    path, _, name = target.rpartition(".")
    if strict:
        raise AttributeError(f"{type(module).__name__} has no submodule {target}")
    add_module(get_submodule(module, path), name, new)


def get_parameter(module, target):
    """PyTorch's `get_parameter`: the array at a dotted path of PyTorch's names."""
    slot = _resolve(module, module, target.split("."))
    if slot is None:
        raise AttributeError(f"{type(module).__name__} has no parameter {target}")
    return slot[1][slot[2]]


def get_buffer(module, target):
    """PyTorch's `get_buffer`: the array at a dotted path of PyTorch's names, saved or not."""
    path, _, name = target.rpartition(".")
    owner = get_submodule(module, path)
    if name not in owner.__dict__.get("_buffer_names", ()) and not isinstance(owner, nn.BatchNorm):
        raise AttributeError(f"{name} is not a buffer of {type(owner).__name__}")
    return getattr(owner, name)


def _resolve(owner, node, path, kind=mx.array):
    """(owning module, holder, key) of what PyTorch calls `path`, or None."""
    head, rest = path[0], path[1:]
    for holder, key in _candidates(node, head):
        value = holder[key]
        if not rest and isinstance(value, kind):
            return owner, holder, key
        if rest and isinstance(value, (dict, list)):
            slot = _resolve(value if isinstance(value, nn.Module) else owner, value, rest, kind)
            if slot is not None:
                return slot
    return None


def _candidates(node, name):
    """Where `node` may keep what PyTorch calls `name`."""
    if isinstance(node, list):
        if name.isdigit() and int(name) < len(node):
            yield node, int(name)
        return
    if type(node) is nn.Sequential:
        yield from _candidates(node["layers"], name)
    if isinstance(node, nn.Module) and name in node.__dict__.get("_tied", ()):
        yield node._tied[name]
    for key in (name, name + "_", name.lstrip("_") + "_"):
        if dict.__contains__(node, key):
            yield node, key


def _from_torch_layout(module, name, value):
    """Native MLX layers keep channels last: (out, in, *k) becomes (out, *k, in)."""
    if name == "weight" and isinstance(module, (nn.Conv1d, nn.Conv2d, nn.Conv3d)):
        return mx.moveaxis(value, 1, -1)
    if name == "weight" and isinstance(module, (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)):
        return mx.moveaxis(value, 0, -1)
    if name == "weight" and isinstance(module, nn.Bilinear):
        return mx.swapaxes(value, 1, 2)
    return value


def _to_torch_layout(module, name, value):
    if name == "weight" and isinstance(module, (nn.Conv1d, nn.Conv2d, nn.Conv3d)):
        return mx.moveaxis(value, -1, 1)
    if name == "weight" and isinstance(module, (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)):
        return mx.moveaxis(value, -1, 0)
    if name == "weight" and isinstance(module, nn.Bilinear):
        return mx.swapaxes(value, 1, 2)
    return value
