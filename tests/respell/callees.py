"""The same call through another callee: a method as a function, keywords in a dict, `functools.partial`, a class out of a dict."""

import ast

import torch
from trees import attribute, each_call, name, subscript

METHODS = {x for x in dir(torch.Tensor) if not x.startswith("_")}
BOTH = {x for x in METHODS if callable(getattr(torch, x, None)) and not isinstance(getattr(torch, x), type)}
# What is no tensor by convention.
NO_TENSORS = ("torch", "nn", "F", "self", "np", "math", "optim", "init", "os", "random", "itertools", "functools")


def is_named(node, *names):
    return isinstance(node, ast.Name) and node.id in names


def is_super(node):
    return isinstance(node, ast.Call) and is_named(node.func, "super")


def method_as_function(node):
    function = node.func
    if not isinstance(function, ast.Attribute) or function.attr not in BOTH:
        return None
    owner = function.value
    if is_named(owner, *NO_TENSORS) or isinstance(owner, ast.Attribute) and is_named(owner.value, "torch") or is_super(owner):
        return None
    return ast.Call(attribute(name("torch"), function.attr), [owner, *node.args], node.keywords)


def function_as_method(node):
    function = node.func
    if not (isinstance(function, ast.Attribute) and is_named(function.value, "torch") and function.attr in BOTH and node.args):
        return None
    if isinstance(node.args[0], (ast.Starred, ast.Constant, ast.List, ast.Tuple)):
        return None
    return ast.Call(attribute(node.args[0], function.attr), node.args[1:], node.keywords)


def has_only_named_keywords(node):
    return node.keywords and all(k.arg for k in node.keywords) and isinstance(node.func, ast.Attribute)


def partial(node):
    if has_only_named_keywords(node) and is_named(node.func.value, "torch", "F") and node.args:
        return ast.Call(ast.Call(attribute(name("functools"), "partial"), [node.func], node.keywords), node.args, [])


def keywords_in_dict(node):
    if has_only_named_keywords(node):
        settings = ast.Dict([ast.Constant(k.arg) for k in node.keywords], [k.value for k in node.keywords])
        return ast.Call(node.func, node.args, [ast.keyword(None, settings)])


def class_in_dict(node):
    function = node.func
    is_layer = isinstance(function, ast.Attribute) and is_named(function.value, "nn") and function.attr[:1].isupper()
    if is_layer and function.attr not in ("Parameter", "Module"):
        return ast.Call(subscript(ast.Dict([ast.Constant("k")], [function]), "k"), node.args, node.keywords)


TRANSFORMS = {
    "func": each_call(method_as_function),
    "meth": each_call(function_as_method),
    "partial": each_call(partial),
    "kwdict": each_call(keywords_in_dict),
    "classreg": each_call(class_in_dict),
}
