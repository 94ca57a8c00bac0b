"""Where things stand in the user's files: who built a module, where its call is written, which statement holds a line."""

import ast
import functools
import inspect
import os
import sys


class Places:
    """Files below one side's folder, named relative to it."""

    def __init__(self, folder):
        self.root = os.path.join(os.path.realpath(folder), "")
        self.built = {}  # id of a module -> (file, line)

    def own(self, filename):
        """The file's name below the folder, None for a file of somebody else."""
        name = real(filename)
        return name[len(self.root) :].replace(os.sep, "/") if name.startswith(self.root) else None

    def watch(self, base):
        """Remembers for each module the line of the user's that built it: the first frame that is not a constructor of the module itself."""
        places, init = self, base.__init__

        @functools.wraps(init)
        def wrapped(module, *args, **kwargs):
            frame = sys._getframe(1)
            while frame is not None and (first_argument(frame) is module or places.own(frame.f_code.co_filename) is None):
                frame = frame.f_back
            if frame is not None:
                places.built[id(module)] = (places.own(frame.f_code.co_filename), frame.f_lineno)
            return init(module, *args, **kwargs)

        base.__init__ = wrapped
        return lambda: setattr(base, "__init__", init)

    def of_module(self, module, call_name):
        """What a report says about a module: class, file and line of its call if the user wrote it, and of where it was built."""
        call = getattr(type(module), call_name, None)
        call = getattr(call, "_original", call)
        call = inspect.unwrap(call) if callable(call) else call
        code = getattr(call, "__code__", None)
        file = self.own(code.co_filename) if code else None
        written = None if file is None or is_helper(file) else [file, definition(code)]
        return {"class": type(module).__name__, "written": written, "built": list(self.built.get(id(module), ())) or None, "settings": settings(module)}


def is_helper(file):
    """The generated helper module has no counterpart in the original."""
    return os.path.basename(file).startswith("mlx_compat")


def definition(code):
    """The line of `def`, below decorators."""
    try:
        lines, start = inspect.getsourcelines(code)
    except OSError:
        return code.co_firstlineno
    for offset, line in enumerate(lines):
        if line.lstrip().startswith(("def ", "async def ")):
            return start + offset
    return start


def settings(module):
    """Public attributes that are plain values: eps, momentum, stride, ..."""
    found = {}
    for key, value in {**getattr(module, "__dict__", {}), **(module if isinstance(module, dict) else {})}.items():
        plain = isinstance(value, (bool, int, float, str)) or (isinstance(value, (tuple, list)) and all(isinstance(v, (bool, int, float)) for v in value))
        if plain and not key.startswith("_") and key != "training" and len(str(value)) < 80:
            found[key] = list(value) if isinstance(value, tuple) else value
    return found


def first_argument(frame):
    names = frame.f_code.co_varnames[:1]
    return frame.f_locals.get(names[0]) if names and frame.f_code.co_argcount else None


@functools.lru_cache(None)
def real(filename):
    return os.path.realpath(filename)


@functools.lru_cache(None)
def statements(filename):
    """(first line, last line) of every statement; of a compound one, its header."""
    try:
        with open(filename, encoding="utf-8") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return ()
    spans = []
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            last = body[0].lineno - 1 if isinstance(body, list) and body else node.end_lineno
            spans.append((node.lineno, max(last, node.lineno)))
    return tuple(spans)


@functools.lru_cache(None)
def statement_of(filename, line):
    """The first line of the statement that a line belongs to."""
    around = [span for span in statements(filename) if span[0] <= line <= span[1]]
    return max(around)[0] if around else line
