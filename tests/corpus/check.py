"""Looks at a ported package from outside, with Python's own parser: `check.py IN OUT` prints JSON. Names of files
that the report calls copies come on stdin, one a line: they hold the original, and are not searched for torch.

What the porter says about itself is in its report; this is what it must not be trusted with: whether the files compile, whether a torch name
stands anywhere without a TODO, and whether comments got lost."""

import ast
import collections
import io
import json
import multiprocessing
import pathlib
import sys
import tokenize
import warnings

MARK = "TODO(torch2mlx)"
TORCH = {"torch", "torchvision", "torchaudio"}


def main():
    source, port = map(pathlib.Path, sys.argv[1:3])
    copies = set(sys.stdin.read().splitlines())
    result = {"files": 0, "broken": [], "torch_left": [], "comments_lost": []}
    files = [(source, port, file.relative_to(source).as_posix()) for file in sorted(source.rglob("*.py"))]
    with multiprocessing.Pool() as pool:
        for (_, _, name), found in zip(files, pool.starmap(look, files, chunksize=20)):
            result["files"] += 1
            result["broken"] += found["broken"]
            result["torch_left"] += found["torch_left"] if name not in copies else []
            result["comments_lost"] += found["comments_lost"]
    json.dump(result, sys.stdout)


def look(source, port, name):
    """What is wrong with one file."""
    found = {"broken": [], "torch_left": [], "comments_lost": []}
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
    found["comments_lost"] = [f"{name}: {text}" for text in (comments(before) - comments(after)).elements()]
    return found


def comments(data):
    tokens = tokenize.tokenize(io.BytesIO(data).readline)
    return collections.Counter(t.string for t in tokens if t.type == tokenize.COMMENT)


def torch_left(data):
    """(line, text) of torch names that no TODO covers."""
    found = []
    walk(ast.parse(data), False, todo_lines(data), found)
    return found


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


def walk(node, covered, marked, found):
    """A TODO covers the statement below it; of a compound statement, only the header: what is in the body needs its own."""
    if isinstance(node, (ast.stmt, ast.excepthandler, ast.match_case)):
        starts = [getattr(node, "lineno", 0)] + [d.lineno for d in getattr(node, "decorator_list", [])]
        covered = not marked.isdisjoint(starts)
    elif isinstance(node, ast.expr):
        covered = covered or node.lineno in marked
    what = torch_of(node)
    if what:
        if not covered:
            found.append((node.lineno, what))
        return
    for child in ast.iter_child_nodes(node):
        walk(child, covered, marked, found)


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
