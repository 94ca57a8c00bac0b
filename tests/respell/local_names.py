"""Where a function keeps its values: in more names, in fewer, in an object or a dict, behind `:=`, from something unknown."""

import ast

from flat import flattened
from trees import attribute, call, docstring_and_body, each_function, is_generator, name, needs_its_frame, params, stored

SCOPES = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.SetComp)
# What binds names that can't be attributes, or speaks of names.
BINDERS = (ast.Nonlocal, ast.Global, ast.NamedExpr, ast.Delete, ast.Import, ast.ImportFrom, ast.ExceptHandler)


def unknown(function):
    docstring, body = docstring_and_body(function)
    taken = [p for p in params(function) if p not in ("self", "cls", "ctx")]
    function.body = [*docstring, *(ast.Assign([stored(p)], call(name("_opaque"), name(p))) for p in taken), *body]


def without_annotations(function):
    function.returns = None
    for param in function.args.posonlyargs + function.args.args + function.args.kwonlyargs:
        param.annotation = None


def in_holder(holder, made, place):
    """Locals become parts of one object."""

    def change(function):
        inside = (x for x in ast.walk(function) if x is not function)
        if is_generator(function) or needs_its_frame(function) or any(isinstance(x, SCOPES + BINDERS) for x in inside):
            return
        names = {x.id for x in ast.walk(function) if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store)} - set(params(function))

        class Moved(ast.NodeTransformer):
            def visit_Name(self, node):
                return place(node) if node.id in names else node

        if names:
            docstring, body = docstring_and_body(function)
            function.body = [*docstring, ast.Assign([stored(holder)], made()), *(Moved().visit(s) for s in body)]

    return each_function(change)


def reads(node, text):
    return [x for x in ast.walk(node) if isinstance(x, ast.Name) and x.id == text]


def inline(function):
    """A name that is read once, in the next statement, is replaced by its value."""

    def is_inlined(first, then):
        is_set = isinstance(first, ast.Assign) and len(first.targets) == 1 and isinstance(first.targets[0], ast.Name)
        if not is_set or isinstance(first.value, ast.Constant) or not isinstance(then, (ast.Assign, ast.Return, ast.Expr)):
            return False
        text = first.targets[0].id
        used = reads(then, text)
        once = len(used) == 1 and isinstance(used[0].ctx, ast.Load) and len(reads(function, text)) == 2
        return once and not any(isinstance(x, SCOPES) for x in ast.walk(then))

    def go(body):
        i = 0
        while i + 1 < len(body):
            first, then = body[i], body[i + 1]
            if is_inlined(first, then):
                text = first.targets[0].id

                class Replaced(ast.NodeTransformer):
                    def visit_Name(self, node):
                        return first.value if node.id == text and isinstance(node.ctx, ast.Load) else node

                body[i : i + 2] = [Replaced().visit(then)]
                i = max(i - 1, 0)
                continue
            if not isinstance(first, (ast.FunctionDef, ast.ClassDef)):
                for field in ("body", "orelse"):
                    go(getattr(first, field, []))
            i += 1

    go(function.body)


class Assignments(ast.NodeTransformer):
    """Replaces `name = value` in functions, not in class bodies."""

    def __init__(self, change):
        self.change = change

    def visit_ClassDef(self, node):
        node.body = [self.visit(s) if isinstance(s, (ast.FunctionDef, ast.ClassDef)) else s for s in node.body]
        return node

    def visit_Assign(self, node):
        return self.change(node) if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name) else node


def each_assignment(change):
    def go(statement):
        return [Assignments(change).visit(statement) if isinstance(statement, (ast.FunctionDef, ast.ClassDef)) else statement]

    return go


def walrus(node):
    return node if isinstance(node.value, ast.Tuple) else ast.Expr(ast.NamedExpr(node.targets[0], node.value))


def unpack(node):
    targets = ast.Tuple([node.targets[0], stored("_rest")], ast.Store())
    return ast.Assign([targets], ast.Tuple([node.value, ast.Constant(0)], ast.Load()))


TRANSFORMS = {
    "unknown": each_function(unknown),
    "noannot": each_function(without_annotations),
    "anf": flattened,
    "inline": each_function(inline),
    "ns": in_holder("_ns", lambda: call(attribute(name("types"), "SimpleNamespace")), lambda x: ast.Attribute(name("_ns"), x.id, x.ctx)),
    "dict": in_holder("_d", lambda: ast.Dict([], []), lambda x: ast.Subscript(name("_d"), ast.Constant(x.id), x.ctx)),
    "walrus": each_assignment(walrus),
    "unpack": each_assignment(unpack),
}
