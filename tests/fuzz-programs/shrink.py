"""`python shrink.py PROGRAMS OUT`: writes every program of the one folder to the other with a part less, `p7.py` as `p7_0.py`, `p7_1.py`, ..."""

import ast
import copy
import pathlib
import sys

SUITES = ("body", "orelse")


def main(programs, out):
    for path in sorted(pathlib.Path(programs).glob("*.py")):
        text = path.read_text(encoding="utf-8")
        mark = next(line for line in text.splitlines() if line.startswith("# run "))
        for number, less in enumerate(smaller(ast.parse(text), path.stem)):
            (pathlib.Path(out) / f"{path.stem}_{number}.py").write_text(f"{mark}\n{less}\n", encoding="utf-8")


def smaller(tree, entry):
    """The texts of a program with a statement less, with the body of one in its place, or with a result less; `entry` is called and gives results."""
    changes = (without, unwrapped, *(result_without(index) for index in range(9)))
    for at, (owner, suite) in enumerate(suites(tree)):
        for number, stmt in enumerate(suite):
            for change in changes:
                is_needed = getattr(stmt, "name", None) == entry or getattr(owner, "name", None) == entry and isinstance(stmt, ast.Return)
                less = copy.deepcopy(tree)
                if not (is_needed and change is without) and change(list(suites(less))[at][1], number):
                    yield ast.unparse(less)


def suites(tree):
    for node in ast.walk(tree):
        for field in SUITES:
            suite = getattr(node, field, None)
            # A lambda has a body, too.
            if isinstance(suite, list) and suite:
                yield node, suite


def without(suite, number):
    """Fewer statements; the last one of a suite is taken away with what it belongs to."""
    del suite[number]
    return bool(suite)


def unwrapped(suite, number):
    """`x.add_(1)` instead of `if x.sum() > 0:` around it."""
    stmt = suite[number]
    if not isinstance(stmt, (ast.If, ast.For, ast.With)):
        return False
    suite[number : number + 1] = stmt.body
    return True


def result_without(index):
    """`return a` instead of `return a, b`."""

    def change(suite, number):
        results = getattr(suite[number], "value", None)
        if not isinstance(suite[number], ast.Return) or not isinstance(results, ast.Tuple) or index >= len(results.elts):
            return False
        del results.elts[index]
        if len(results.elts) == 1:
            suite[number].value = results.elts[0]
        return bool(results.elts)

    return change


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
