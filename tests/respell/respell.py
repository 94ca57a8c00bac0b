"""`python respell.py TRANSFORM IN OUT [FILTER]`: writes the programs of a folder in another, equivalent spelling. `# run` lines stay above what they speak for; other comments are dropped."""

import ast
import pathlib
import sys

import callees
import imports
import local_names
import operators
import returned
import wrapped

TRANSFORMS = {"id": lambda statement: [statement]}
for module in (callees, imports, local_names, operators, returned, wrapped):
    TRANSFORMS.update(module.TRANSFORMS)

# What respelled code uses.
IMPORTS = "import contextlib\nimport functools\nimport types\n"
PRELUDES = {"unknown": 'def _opaque(value):\n    return {"value": value}["value"]\n'}


def is_header(statement):
    """Whether nothing may stand before it: a docstring, an import from the future."""
    docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return docstring or isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def respelled(text, name):
    transform, lines, out = TRANSFORMS[name], text.splitlines(), []
    last, opened = 0, False
    for statement in ast.parse(text).body:
        first = min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", []))])
        out += [line for line in lines[last : first - 1] if line.startswith("# run ")]
        if not opened and not is_header(statement):
            out += [IMPORTS, PRELUDES.get(name, "")]
            opened = True
        last = statement.end_lineno
        out += [ast.unparse(ast.fix_missing_locations(new)) for new in transform(statement)]
    return "\n".join(out) + "\n"


def main(name, source, target, part=""):
    if name not in TRANSFORMS:
        sys.exit(f"`{name}` is no transformation: {', '.join(TRANSFORMS)}")
    for path in sorted(path for path in pathlib.Path(source).glob("*.py") if part in path.stem):
        text = respelled(path.read_text(encoding="utf-8"), name)
        compile(text, path.name, "exec")
        (pathlib.Path(target) / path.name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
