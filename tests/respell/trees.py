"""Short ways to build Python's trees, and to visit the functions of a statement."""

import ast


def name(text):
    return ast.Name(text, ast.Load())


def stored(text):
    return ast.Name(text, ast.Store())


def attribute(value, text):
    return ast.Attribute(value, text, ast.Load())


def subscript(value, key):
    return ast.Subscript(value, ast.Constant(key), ast.Load())


def call(function, *args):
    return ast.Call(function, list(args), [])


def no_arguments(*params):
    return ast.arguments([], [ast.arg(p) for p in params], None, [], [], None, [])


def true():
    """A condition whose value no port knows."""
    return call(name("len"), ast.Constant("a"))


def params(function):
    args = function.args
    return [p.arg for p in args.posonlyargs + args.args + args.kwonlyargs]


def is_generator(function):
    return any(isinstance(x, (ast.Yield, ast.YieldFrom)) for x in ast.walk(function))


def needs_its_frame(function):
    """Whether it calls `super()`, `locals()` or the like, which mean another thing in a function inside."""
    calls = (x for x in ast.walk(function) if isinstance(x, ast.Call) and isinstance(x.func, ast.Name) and not x.args)
    names = (x.id for x in ast.walk(function) if isinstance(x, ast.Name))
    return any(x.func.id in ("super", "locals", "vars") for x in calls) or "__class__" in names


def docstring_and_body(function):
    body = function.body
    has_docstring = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) and isinstance(body[0].value.value, str)
    # A docstring alone is a body, too.
    return (body[:1], body[1:]) if has_docstring and len(body) > 1 else ([], body)


class Functions(ast.NodeTransformer):
    """Changes every function in place, innermost first."""

    def __init__(self, change):
        self.change = change

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        self.change(node)
        return node


def each_function(change):
    return lambda statement: [Functions(change).visit(statement)]


class Calls(ast.NodeTransformer):
    """Replaces calls, innermost first; None keeps one."""

    def __init__(self, change):
        self.change = change

    def visit_Call(self, node):
        self.generic_visit(node)
        return self.change(node) or node


def each_call(change):
    return lambda statement: [Calls(change).visit(statement)]
