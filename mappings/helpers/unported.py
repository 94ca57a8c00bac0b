import abc
import functools
import inspect
import sys

import mlx.core as mx

_ERROR_SUFFIXES = ("Error", "Exception", "Warning")


def _refusal(name):
    return NotImplementedError(f"{name} is not ported: see the TODO(torch2mlx) at this place")


def _in_function(frame):
    """True for code of functions, false for module and class bodies; a comprehension counts as the body that it stands in."""
    while frame.f_code.co_name in ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>") and frame.f_back:
        frame = frame.f_back
    return bool(frame.f_code.co_flags & inspect.CO_OPTIMIZED)


def _in_stdlib(frame):
    return frame.f_globals.get("__name__", "").partition(".")[0] in sys.stdlib_module_names - {"__main__"}


def _is_annotation(value):
    """What may stand beside a type in an annotation: types, None, strings, other stand-ins, and the forms of `typing`."""
    if isinstance(value, (tuple, list)):
        return all(_is_annotation(v) for v in value)
    if value is None or value is Ellipsis or isinstance(value, (type, str)) or type(value) is _Unported:
        return True
    return type(value).__module__ in ("typing", "types")


class _UnportedAttribute(NotImplementedError, AttributeError):
    """An AttributeError too, so that `hasattr` answers."""


class _UnportedMeta(abc.ABCMeta):
    def __getattr__(cls, attribute):
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        if _in_function(sys._getframe(1)):
            raise _UnportedAttribute(f"{cls.__name__}.{attribute}: {_refusal(cls.torch_name)}")
        return _Unported(f"{cls.torch_name}.{attribute}")  # an alias like `f = MyFunction.apply` must not stop the import


class _UnportedBase(metaclass=_UnportedMeta):
    """What a class gets as its base where the program names an unported one: the class exists, its instances can't."""

    torch_name = "torch"

    def __init_subclass__(cls, **kwargs):
        cls.__new__ = _UnportedBase.__new__  # also where another base, which comes first, has a __new__ of its own

    def __new__(cls, *args, **kwargs):
        raise _refusal(cls.torch_name)


def _raising(method):
    def refuse(self, *args, **kwargs):
        raise _refusal(self._name)

    refuse.__name__ = method
    return refuse


class _Unported:
    """The stand-in for `torch` at places that are not ported: the file imports, and whoever reaches such a place is told.

    Names are free: attributes of any depth, annotations (`torch.X | None`, `torch.X[int]`), base classes, default arguments, copies.
    While a module is imported, in module and class bodies, calls are free too, and give another stand-in: decorators
    (`@torch.a`, `@torch.a(b)`; the decorated function raises when it is called) and constants must not stop the import. Exceptions
    (`torch.XError`) are classes that nothing raises, so an `except` clause lets the real error through.

    Use raises NotImplementedError with the dotted name: a call in a function, in a script's own body or with an array, isinstance in a
    function, comparing, arithmetic, indexing, iterating, truth, length, conversion, `with`. So no value ever comes out of a stand-in.
    """

    _known = {}

    def __new__(cls, name):
        if name not in cls._known:  # one object for a name, so that `typing` finds equal annotations equal
            self = super().__new__(cls)
            object.__setattr__(self, "_name", name)
            cls._known[name] = self
        return cls._known[name]

    def __getattr__(self, attribute):
        if attribute in ("__name__", "__qualname__"):  # a registry names its classes: {cls.__name__: cls for cls in ...}
            return self._name.rpartition(".")[2]
        if attribute.startswith("__") and attribute.endswith("__") and attribute != "__version__":
            raise AttributeError(attribute)  # Python and its library probe objects for protocols
        name = f"{self._name}.{attribute}"
        if attribute.endswith(_ERROR_SUFFIXES):
            return _unported_exception(name)
        return _Unported(name)

    def __setattr__(self, attribute, value):
        if _in_function(sys._getframe(1)):
            raise _refusal(f"{self._name}.{attribute}")

    def __call__(self, *args, **kwargs):
        frame = sys._getframe(1)
        decorates = len(args) == 1 and not kwargs and (inspect.isfunction(args[0]) or isinstance(args[0], type))
        of_script = frame.f_globals.get("__name__") == "__main__" and not decorates
        if _in_function(frame) or of_script or any(isinstance(a, mx.array) for a in (*args, *kwargs.values())):
            raise _refusal(self._name)
        if decorates and inspect.isfunction(args[0]):
            return _refusing(args[0], self._name)
        return _Unported(f"{self._name}()")

    def __mro_entries__(self, bases):
        return (_unported_base(self._name) if all(map(_is_beside_base, bases)) else _unported_mixin(self._name),)

    def __instancecheck__(self, instance):
        frame = sys._getframe(1)
        if _in_function(frame) and not _in_stdlib(frame):
            raise _refusal(f"isinstance(..., {self._name})")
        return False

    def __subclasscheck__(self, subclass):
        return _unported_base(self._name) in getattr(subclass, "__mro__", ())

    def __or__(self, other):
        if _is_annotation(other):
            return self
        raise _refusal(self._name)

    __ror__ = __or__

    def __getitem__(self, key):
        if _is_annotation(key):
            return self
        raise _refusal(self._name)

    def __eq__(self, other):
        if _in_stdlib(sys._getframe(1)):
            return self is other
        raise _refusal(self._name)

    def __hash__(self):
        return hash(self._name)

    def __reduce__(self):
        return _Unported, (self._name,)

    def __repr__(self):
        return f"<unported {self._name}>"

    for _method in """__enter__ __exit__ __iter__ __next__ __len__ __bool__ __contains__ __setitem__ __delitem__ __index__ __int__
            __float__ __complex__ __array__ __mlx_array__ __neg__ __pos__ __abs__ __invert__ __lt__ __le__ __gt__ __ge__ __add__
            __radd__ __sub__ __rsub__ __mul__ __rmul__ __matmul__ __rmatmul__ __truediv__ __rtruediv__ __floordiv__ __rfloordiv__
            __mod__ __rmod__ __pow__ __rpow__ __and__ __rand__ __xor__ __rxor__ __lshift__ __rlshift__ __rshift__ __rrshift__
            __round__ __await__""".split():
        locals()[_method] = _raising(_method)


@functools.cache
def _unported_base(name):
    return type(name.rpartition(".")[2], (_UnportedBase,), {"torch_name": name})


def _is_beside_base(base):
    """A class of arrays has a metaclass of its own, which no other goes with."""
    return not isinstance(base, type) or issubclass(_UnportedMeta, type(base)) or issubclass(type(base), _UnportedMeta)


@functools.cache
def _unported_mixin(name):
    """The base of an unported name beside a class of arrays: without a metaclass."""

    def refuse(cls, *args, **kwargs):
        raise _refusal(name)

    def mark(cls, **kwargs):
        cls.__new__ = refuse

    return type(name.rpartition(".")[2], (), {"__slots__": (), "__new__": refuse, "__init_subclass__": classmethod(mark)})


@functools.cache
def _unported_exception(name):
    return type(name.rpartition(".")[2], (Exception,), {"__module__": name.rpartition(".")[0]})


def _refusing(function, name):
    @functools.wraps(function)
    def refuse(*args, **kwargs):
        raise _refusal(f"{name}, which decorates {function.__qualname__},")

    return refuse


unported = _Unported("torch")


def stand_in(package):
    """The stand-in for another package that imports torch: `torchvision`."""
    return _Unported(package)
