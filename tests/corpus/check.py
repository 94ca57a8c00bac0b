"""Looks at a ported package from outside, with Python's own parser: `check.py IN OUT` prints JSON. Names of files
that the report calls copies come on stdin, one a line: they hold the original, and are not searched for torch.

What the porter says about itself is in its report; this is what it must not be trusted with: whether the files compile, whether a torch name
stands anywhere without a TODO, whether methods are called that tensors have and arrays don't, whether comments got lost, and whether names are
read that nothing binds any more."""

import ast
import builtins
import collections
import io
import json
import multiprocessing
import pathlib
import re
import symtable
import sys
import tokenize
import warnings

MARK = "TODO(torch2mlx)"
TORCH = {"torch", "torchvision", "torchaudio"}


def main():
    source, port = map(pathlib.Path, sys.argv[1:3])
    copies = set(sys.stdin.read().splitlines())
    result = {"files": 0, "broken": [], "torch_left": [], "methods_left": [], "comments_lost": [], "undefined": []}
    methods = tensor_methods() - own_names(source)
    files = [(source, port, methods, file.relative_to(source).as_posix()) for file in sorted(source.rglob("*.py"))]
    with multiprocessing.Pool() as pool:
        for (_, _, _, name), found in zip(files, pool.starmap(look, files, chunksize=20)):
            result["files"] += 1
            result["broken"] += found["broken"]
            for what in ("torch_left", "methods_left"):
                result[what] += found[what] if name not in copies else []
            result["comments_lost"] += found["comments_lost"]
            result["undefined"] += found["undefined"]
    json.dump(result, sys.stdout)


def look(source, port, methods, name):
    """What is wrong with one file."""
    found = {"broken": [], "torch_left": [], "methods_left": [], "comments_lost": [], "undefined": []}
    warnings.simplefilter("ignore")
    before = (source / name).read_bytes()
    try:
        compile(before, name, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return found  # not Python for this interpreter: a copy is all that can be asked
    try:
        after = (port / name).read_bytes()
        compile(after, name, "exec", dont_inherit=True)
    except (OSError, SyntaxError, ValueError) as error:
        found["broken"].append(f"{name}: {error}")
        return found
    found["torch_left"] = [f"{name}:{line}: {what}" for line, what in torch_left(after)]
    found["methods_left"] = [f"{name}:{line}: {what}" for line, what in methods_left(after, methods)]
    found["comments_lost"] = [f"{name}: {text}" for text in (comments(before) - comments(after)).elements()]
    found["undefined"] = [f"{name}: {text}" for text in sorted(undefined(after) - undefined(before))]
    return found


def undefined(data):
    """Names that are read as globals and that neither the module nor Python binds. A star import may bind any."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    text = data.decode(encoding)
    if any(isinstance(n, ast.ImportFrom) and n.names[0].name == "*" for n in ast.walk(ast.parse(data))):
        return set()
    read, bound = set(), set(dir(builtins)) | {"__file__", "__path__", "__builtins__", "__annotations__"}
    tables = [symtable.symtable(text, "module", "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            here = table.get_type() == "module"
            if (here or symbol.is_declared_global()) and (symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()):
                bound.add(symbol.get_name())
            if symbol.is_referenced() and (here or symbol.is_global()):
                read.add(symbol.get_name())
    return read - bound


def comments(data):
    tokens = tokenize.tokenize(io.BytesIO(data).readline)
    return collections.Counter(t.string for t in tokens if t.type == tokenize.COMMENT)


def torch_left(data):
    """(line, text) of torch names that no TODO covers."""
    return left(data, torch_of)


def left(data, sort):
    found = []
    walk(ast.parse(data), False, todo_lines(data), found, sort)
    return found


def methods_left(data, methods):
    """(line, text) of calls of these methods that no TODO covers; what is called on an imported module, or inside of one, is a function of it."""
    aliases = [a for n in ast.walk(ast.parse(data)) if isinstance(n, (ast.Import, ast.ImportFrom)) for a in n.names]
    imported = {(a.asname or a.name).partition(".")[0] for a in aliases}
    return left(data, lambda node: method_of(node, methods, imported))


def tensor_methods():
    """Names of methods that exist on tensors alone: not on arrays of either kind, nor on anything in Python's library that is likely here."""
    import mlx.core as mx
    import numpy as np
    import torch

    others = [mx.array, np.ndarray, np.ufunc, str, bytes, list, dict, set, int, float, slice, pathlib.Path, collections.deque, collections.Counter]
    others += [re.Pattern, re.Match]
    return {n for n in dir(torch.Tensor) if not n.startswith("_")} - {n for other in others for n in dir(other)}


def own_names(source):
    """Whatever the package itself defines as a function."""
    names = set()
    for file in source.rglob("*.py"):
        try:
            tree = ast.parse(file.read_bytes())
        except (SyntaxError, ValueError):
            continue
        names.update(n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)))
    return names


def method_of(node, methods, imported):
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in methods:
        if node.func.attr == "norm" and node.args and not isinstance(node.args[0], ast.Constant):
            return None  # `block.norm(x)` calls a layer
        root = node.func.value
        while isinstance(root, ast.Attribute) and not (isinstance(root.value, ast.Name) and root.value.id == "self"):
            root = root.value
        if not (isinstance(root, ast.Name) and root.id in imported | {"self"}):
            return f".{node.func.attr}()"
    return None


def todo_lines(data):
    """Lines of code that stand right below a comment with the mark; comments in between belong to it."""
    tokens = list(tokenize.tokenize(io.BytesIO(data).readline))
    covered, pending = set(), False
    for token in tokens:
        if token.type == tokenize.COMMENT:
            pending = pending or MARK in token.string
        elif token.type not in (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING):
            if pending:
                covered.add(token.start[0])
            pending = False
    return covered


def walk(node, covered, marked, found, sort):
    """A TODO covers the statement below it; of a compound statement, only the header: what is in the body needs its own."""
    if isinstance(node, (ast.stmt, ast.excepthandler, ast.match_case)):
        starts = [getattr(node, "lineno", 0)] + [d.lineno for d in getattr(node, "decorator_list", [])]
        covered = not marked.isdisjoint(starts)
    elif isinstance(node, ast.expr):
        covered = covered or node.lineno in marked
    what = sort(node)
    if what and not covered:
        found.append((node.lineno, what))
    if what and sort is torch_of:
        return  # the chain below is the same name
    for child in ast.iter_child_nodes(node):
        walk(child, covered, marked, found, sort)


def torch_of(node):
    if isinstance(node, ast.Import):
        return next((f"import {a.name}" for a in node.names if a.name.partition(".")[0] in TORCH), None)
    if isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").partition(".")[0] in TORCH:
        return f"from {node.module} import ..."
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "torch":
        return ast.unparse(node)
    if isinstance(node, ast.Name) and node.id == "torch" and isinstance(node.ctx, ast.Load):
        return "torch"
    return None


if __name__ == "__main__":
    main()
