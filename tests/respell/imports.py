"""Other names for torch's modules."""

import ast

SHORT = {"torch": "th", "torch.nn": "tnn", "torch.nn.functional": "fn"}
RENAMED = {"torch": "th", "nn": "tnn", "F": "fn"}


class Renamed(ast.NodeTransformer):
    def visit_Name(self, node):
        node.id = RENAMED.get(node.id, node.id)
        return node


class Spelled(ast.NodeTransformer):
    def visit_Name(self, node):
        full = {"nn": "torch.nn", "F": "torch.nn.functional"}.get(node.id)
        return ast.parse(full, mode="eval").body if full else node


def alias(statement):
    if not isinstance(statement, (ast.Import, ast.ImportFrom)):
        return [Renamed().visit(statement)]
    for imported in statement.names:
        full = imported.name if isinstance(statement, ast.Import) else f"{statement.module}.{imported.name}"
        imported.asname = SHORT.get(full, imported.asname)
    return [statement]


def full(statement):
    return [statement if isinstance(statement, (ast.Import, ast.ImportFrom)) else Spelled().visit(statement)]


TRANSFORMS = {"alias": alias, "full": full}
