"""PyTorch behaviour on MLX arrays, one idea a file.

This package is what the tests import (``import helpers as compat``). A port never sees it: its ``mlx_compat.py`` holds only the
definitions that it uses. So every file has to stand alone: no state here, and no import that is not listed in ``mappings/README.md``.
"""
import importlib
import pkgutil
import types


def _public_names(module):
    """The names that a file defines itself; what it imported belongs to the file that it came from."""
    for name, value in vars(module).items():
        if name.startswith("_") or isinstance(value, types.ModuleType):
            continue
        home = getattr(value, "__module__", None)
        if home == module.__name__ or not isinstance(home, str):
            yield name, value


def _collect():
    modules = [importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]
    found = {}
    for module in modules:
        for name, value in _public_names(module):
            if name in found and found[name][1] is not value:
                raise ImportError(f"{name} is defined twice: in {found[name][0]} and in {module.__name__}")
            found[name] = (module.__name__, value)
    return {name: value for name, (_, value) in found.items()}


# After all submodules are loaded: importing `helpers.pad` binds the *module* to the name `pad`, and the function must win.
globals().update(_collect())
