"""Each nested operation of a simple statement gets a name of its own, in the order of evaluation."""

import ast

from trees import name, stored

MODULES = ("torch", "nn", "F", "np", "math", "self", "optim", "init")
OPERATIONS = (ast.Call, ast.BinOp, ast.Subscript, ast.Compare, ast.UnaryOp, ast.Attribute)
# What evaluates its parts later, perhaps or in another scope.
LAZY = (
    ast.Lambda, ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp, ast.IfExp, ast.BoolOp,
    ast.Yield, ast.YieldFrom, ast.Await, ast.NamedExpr, ast.Starred, ast.JoinedStr,
)  # fmt: skip


def is_dotted(node):
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in MODULES


def is_flattened(statement):
    parts = list(ast.walk(statement))
    return not any(isinstance(x, LAZY) or isinstance(x, ast.Compare) and len(x.ops) > 1 for x in parts)


class Flat:
    def __init__(self):
        self.count = 0

    def operation(self, node, out):
        """The operation, on atoms."""
        atom = lambda part: self.atom(part, out)  # noqa: E731
        match node:
            case ast.Call(func=function):
                if isinstance(function, ast.Attribute) and not is_dotted(function.value):
                    function = ast.Attribute(atom(function.value), function.attr, ast.Load())
                elif not isinstance(function, (ast.Attribute, ast.Name)):
                    function = atom(function)
                return ast.Call(function, [atom(x) for x in node.args], [ast.keyword(k.arg, atom(k.value)) for k in node.keywords])
            case ast.BinOp():
                left = atom(node.left)
                return ast.BinOp(left, node.op, atom(node.right))
            case ast.UnaryOp():
                return ast.UnaryOp(node.op, atom(node.operand))
            case ast.Compare():
                left = atom(node.left)
                return ast.Compare(left, node.ops, [atom(node.comparators[0])])
            case ast.Subscript():
                return ast.Subscript(atom(node.value), node.slice, node.ctx)
            case ast.Attribute() if not is_dotted(node):
                return ast.Attribute(atom(node.value), node.attr, ast.Load())
            case ast.Tuple() | ast.List():
                return type(node)([atom(x) for x in node.elts], ast.Load())
        return node

    def atom(self, node, out):
        is_number = isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant)
        is_super = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
        if isinstance(node, (ast.Tuple, ast.List)):
            return self.operation(node, out)
        if is_number or is_super or is_dotted(node) or not isinstance(node, OPERATIONS):
            return node
        value = self.operation(node, out)
        self.count += 1
        out.append(ast.Assign([stored(f"_t{self.count}")], value))
        return name(f"_t{self.count}")

    def body(self, statements):
        out = []
        for statement in statements:
            if isinstance(statement, ast.ClassDef):
                for function in statement.body:
                    if isinstance(function, ast.FunctionDef):
                        function.body = self.body(function.body)
            else:
                for part in [statement, *getattr(statement, "handlers", [])]:
                    for field in ("body", "orelse", "finalbody"):
                        if isinstance(inner := getattr(part, field, None), list):
                            setattr(part, field, self.body(inner))
            if isinstance(statement, (ast.Assign, ast.Return, ast.Expr)) and statement.value is not None and is_flattened(statement):
                statement.value = self.operation(statement.value, out)
            out.append(statement)
        return out


def flattened(statement):
    return Flat().body([statement]) if isinstance(statement, (ast.FunctionDef, ast.ClassDef)) else [statement]
