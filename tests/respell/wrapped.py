"""The body of a function inside of something else, and a function inside of a class."""

import ast

from trees import attribute, call, docstring_and_body, each_function, is_generator, name, needs_its_frame, no_arguments, params, stored, true


def nested(function):
    outer = (ast.Nonlocal, ast.Global)
    rest = function.args.vararg or function.args.kwarg
    if is_generator(function) or needs_its_frame(function) or rest or any(isinstance(x, outer) for x in ast.walk(function)):
        return
    docstring, body = docstring_and_body(function)
    inner = ast.FunctionDef("_inner", no_arguments(*params(function)), body, [])
    function.body = [*docstring, inner, ast.Return(call(name("_inner"), *map(name, params(function))))]


BLOCKS = {
    "if": lambda body: ast.If(true(), body, []),
    "with": lambda body: ast.With([ast.withitem(call(attribute(name("contextlib"), "nullcontext")))], body),
    "try": lambda body: ast.Try(body, [], [], [ast.Pass()]),
    "for": lambda body: ast.For(stored("_once"), call(name("range"), ast.Constant(1)), body, []),
    "while": lambda body: ast.While(ast.Constant(True), [*body, ast.Break()], []),
}


def in_block(block):
    def change(function):
        docstring, body = docstring_and_body(function)
        if not is_generator(function):
            function.body = [*docstring, block(body)]

    return each_function(change)


def in_class(is_static):
    """`f = Holder_f.f`, or `f = Holder_f().f`."""

    def change(statement):
        if not isinstance(statement, ast.FunctionDef) or statement.decorator_list or statement.args.posonlyargs:
            return [statement]
        holder = f"Holder_{statement.name}"
        if is_static:
            statement.decorator_list = [name("staticmethod")]
        else:
            statement.args.args.insert(0, ast.arg("self"))
        owner = name(holder) if is_static else call(name(holder))
        taken = ast.Assign([stored(statement.name)], attribute(owner, statement.name))
        return [ast.ClassDef(holder, [], [], [statement], []), taken]

    return change


TRANSFORMS = {
    "nested": each_function(nested),
    **{f"block-{kind}": in_block(block) for kind, block in BLOCKS.items()},
    "static": in_class(is_static=True),
    "method": in_class(is_static=False),
}
