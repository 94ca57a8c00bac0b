"""Operators of tensors as functions (`torch.add(x, y)`) and as methods (`x.add(y)`)."""

import ast

from trees import attribute, call, name

OPERATORS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.MatMult: "matmul", ast.Pow: "pow", ast.Mod: "remainder",
    ast.FloorDiv: "floor_divide", ast.BitAnd: "bitwise_and", ast.BitOr: "bitwise_or", ast.BitXor: "bitwise_xor",
}  # fmt: skip
COMPARISONS = {ast.Gt: "gt", ast.Lt: "lt", ast.GtE: "ge", ast.LtE: "le", ast.Eq: "eq", ast.NotEq: "ne"}
# Sizes, by convention.
SIZES = "nbthdck"


def is_no_tensor(node):
    """By its looks: a case where this is wrong raises under torch and does not count."""
    match node:
        case ast.Constant() | ast.List() | ast.Tuple() | ast.JoinedStr():
            return True
        case ast.UnaryOp(operand=inner) | ast.Subscript(value=inner) | ast.BinOp(left=inner):
            return is_no_tensor(inner)
        case ast.Call(func=ast.Name(id=function)):
            return function in ("len", "int", "float", "max", "min", "range")
        case ast.Attribute(attr=text):
            return text in ("shape", "ndim", "dtype")
        case ast.Name(id=text):
            return text in tuple(SIZES)
    return False


class Operators(ast.NodeTransformer):
    def __init__(self, as_method):
        self.as_method = as_method

    def called(self, operation, left, right):
        return call(attribute(left, operation), right) if self.as_method else call(attribute(name("torch"), operation), left, right)

    def visit_BinOp(self, node):
        self.generic_visit(node)
        operation = OPERATORS.get(type(node.op))
        return node if operation is None or is_no_tensor(node.left) else self.called(operation, node.left, node.right)

    def visit_Compare(self, node):
        self.generic_visit(node)
        operation = COMPARISONS.get(type(node.ops[0]))
        is_short_name = isinstance(node.left, ast.Name) and len(node.left.id) <= 3 and not is_no_tensor(node.left)
        if len(node.ops) > 1 or operation is None or not is_short_name:
            return node
        return self.called(operation, node.left, node.comparators[0])


TRANSFORMS = {
    "opsf": lambda statement: [Operators(as_method=False).visit(statement)],
    "opsm": lambda statement: [Operators(as_method=True).visit(statement)],
}
