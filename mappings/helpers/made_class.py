class _SameClass:
    """Part of the metaclass of classes that stand for another one, and equal it: PyTorch has one class, as `type(module) == Linear` asks."""

    def __eq__(cls, other):
        return _class_of(cls) is _class_of(other)

    def __hash__(cls):
        return type.__hash__(_class_of(cls))

    def __instancecheck__(cls, instance):
        same = _class_of(cls)
        return super().__instancecheck__(instance) if same is cls else isinstance(instance, same)


def _class_of(cls):
    """MLX's own class of the name for one that inherits it here, and for a class that is made for single modules the one that it is made of."""
    if not isinstance(cls, _SameClass):
        return cls
    cls = cls.__dict__.get("_stands_for") or cls
    native = (base for base in cls.__bases__ if base.__module__.startswith("mlx.nn") and base.__name__ == cls.__name__)
    return next(native, cls)


_made = {}


def _made_class(cls, mixin, name=None):
    """`cls` with what `mixin` adds to it, once for each pair. With a name of its own it equals no other class."""
    key = id(cls), mixin, name
    if key not in _made:
        meta = type(cls) if isinstance(cls, _SameClass) else type(type(cls).__name__, (_SameClass, type(cls)), {})
        stands_for = _class_of(cls) if name is None else None
        _made[key] = meta(name or cls.__name__, (mixin, cls), {"__module__": cls.__module__, "_stands_for": stands_for})
    return _made[key]
