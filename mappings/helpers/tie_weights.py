import mlx.core as mx
import mlx.nn as nn

from .made_class import _made_class
from .module_tree import _arrays, _own
from .register_parameter import register_parameter
from .set_by_name import _set_elsewhere, set_member
from .state_dict import _resolve, get_submodule
from .torch_name import shown_to_mlx


def tie_weights(module, target, source):
    """PyTorch's `module.head.weight = module.emb.weight` as one parameter: `target` reads and writes `source`.

    Both are dotted paths of PyTorch's names. Two entries that hold one array would get partial gradients each,
    and would part at the first update.
    """
    path, _, name = target.rpartition(".")
    reader = get_submodule(module, path)
    slot = _resolve(module, module, source.split("."))
    if slot is None:
        if not _is_absent(module, source):
            raise AttributeError(f"{type(module).__name__} has no parameter {source}")
        setattr(reader, name, None)
        return
    _, owner, key = slot
    _tie(reader, name, owner, key)


def _is_absent(module, source):
    """Whether a layer was made without the parameter, which is `None` in PyTorch: MLX's own layers lack the name then."""
    path, _, name = source.rpartition(".")
    owner = get_submodule(module, path)
    return getattr(owner, name, None) is None and (hasattr(owner, name) or name == "bias")


def set_attribute(module, name, value, root):
    """PyTorch's `module.name = value` of a parameter: one that `root` holds elsewhere is one parameter under two names from then on."""
    if not _tie_held(module, name, value, root) and not _set_elsewhere(module, name, value):
        setattr(module, name, value)


def set_or_tie(module, name, value, root):
    """PyTorch's `setattr(module, name, value)` with a name that only the run knows: what `root` holds elsewhere is tied, the rest is `set_member`'s."""
    if not _tie_held(module, name, value, root):
        set_member(module, name, value)


def _tie_held(module, name, value, root):
    """Ties what `root` holds elsewhere, and says whether it holds it."""
    if isinstance(value, mx.array):
        for _, own, owner, holder, key in _arrays(root):
            if holder[key] is value:
                if owner is not module or own != name:
                    _tie(module, name, holder, key)
                return True
    return False


def tie_attribute(module, name, value, root):
    """PyTorch's `module.name = value` of a parameter that `root` holds elsewhere: it is one under two names from then on."""
    if value is not None and not any(holder[key] is value for _, _, _, holder, key in _arrays(root)):
        raise ValueError(f"{type(root).__name__} does not hold the parameter: use tie_weights on a module that does")
    set_attribute(module, name, value, root)


def untied_parameter(module, name, param, requires_grad=True):
    """PyTorch's `module.name = nn.Parameter(param)` where weights are tied: the new one has this place alone.

    Of two names of one parameter this is the other one from then on, and what read it here keeps the old one.
    """
    if name in module.__dict__.get("_tied", ()):
        _untie(module, name)
    readers = [(reader, other) for reader, other in module.__dict__.get("_tied_readers", ()) if _is_tied(reader, other, module, name)]
    if readers:
        (first, kept), *others = readers
        old = module[name]
        _untie(first, kept)
        first[kept] = old
        for reader, other in others:
            _tie(reader, other, first, kept)
    register_parameter(module, name, param, requires_grad)


def _is_tied(reader, name, owner, key):
    place = reader.__dict__.get("_tied", {}).get(name)
    return place is not None and place[0] is owner and place[1] == key


def _untie(reader, name):
    object.__setattr__(reader, "_places", tuple(own if own in reader._tied else key for own, _, key in _own(reader)))
    object.__setattr__(reader, "_tied", {other: place for other, place in reader._tied.items() if other != name})


def _tie(reader, name, owner, key):
    names = [own for own, _, _ in _own(reader)]
    places = {**reader.__dict__.get("_tied_places", {}), name: names.index(name) if name in names else None}
    reader.__dict__.pop(name, None)
    dict.pop(reader, name, None)
    tied = {**reader.__dict__.get("_tied", {}), name: (owner, key)}
    in_order = sorted(tied, key=lambda name: len(names) if places[name] is None else places[name])
    object.__setattr__(reader, "_tied", {name: tied[name] for name in in_order})
    object.__setattr__(reader, "_tied_places", places)
    if isinstance(owner, nn.Module):
        object.__setattr__(owner, "_tied_readers", [*owner.__dict__.get("_tied_readers", ()), (reader, name)])
    if not isinstance(reader, _TiedModule):
        reader.__class__ = _made_class(type(reader), _TiedModule)


class _TiedModule:
    """Reads and writes the tied names of a module at their owner."""

    def _owner_of(self, name):
        return self.__dict__.get("_tied", {}).get(name)

    def __getitem__(self, name):
        owner = self._owner_of(name)
        return super().__getitem__(name) if owner is None else owner[0][owner[1]]

    def __setitem__(self, name, value):
        owner = self._owner_of(name)
        if owner is None:
            super().__setitem__(name, value)
        else:
            owner[0][owner[1]] = value

    def __contains__(self, name):
        return self._owner_of(name) is not None or super().__contains__(name)

    def get(self, name, default=None):
        return self[name] if name in self else default

    def __reduce_ex__(self, protocol):
        # No name leads to this class, which is made at run time: a pickle names the one below.
        _, _, *state = super().__reduce_ex__(protocol)
        return (_new_tied, (type(self).__bases__[1],), *state)


def _new_tied(cls):
    made = _made_class(cls, _TiedModule)
    return made.__new__(made)


def take_parameter(module, name, source, key):
    """PyTorch's `module.name = source.key`, where `module` takes the place of `source`: the parameter is trained if it was, and tied to what it was tied to."""
    place = source.__dict__.get("_tied", {}).get(key)
    if place is not None:
        _tie(module, name, *place)
        return
    if not hasattr(source, key) and key != "bias":
        raise AttributeError(f"'{type(source).__name__}' object has no attribute '{key}'")
    setattr(module, name, getattr(source, key, None))
    switch = module.freeze if shown_to_mlx(key) in source._no_grad else module.unfreeze
    switch(keys=[shown_to_mlx(name)], recurse=False)
    for reader, other in source.__dict__.get("_tied_readers", ()):
        if _is_tied(reader, other, source, shown_to_mlx(key)):
            _tie(reader, other, module, shown_to_mlx(name))
