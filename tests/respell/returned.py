"""What a function returns goes through a list, a dict, a condition or a function first."""

import ast

from trees import call, name, no_arguments, stored, subscript, true


def through_list(value):
    once = ast.comprehension(stored("_"), call(name("range"), ast.Constant(1)), [], 0)
    return subscript(ast.ListComp(value, [once]), 0)


def through_condition(value):
    return ast.IfExp(true(), value, ast.Constant(None))


def through_dict(value):
    return subscript(ast.Dict([ast.Constant("out")], [value]), "out")


def through_lambda(value):
    return call(ast.Lambda(no_arguments(), value))


class Returns(ast.NodeTransformer):
    def __init__(self, change):
        self.change = change

    def visit_Return(self, node):
        return node if node.value is None else ast.Return(self.change(node.value))


def each_return(change):
    return lambda statement: [Returns(change).visit(statement)]


TRANSFORMS = {
    "ret-list": each_return(through_list),
    "ret-if": each_return(through_condition),
    "ret-dict": each_return(through_dict),
    "ret-lambda": each_return(through_lambda),
}
