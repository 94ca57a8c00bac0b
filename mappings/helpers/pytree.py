from collections import OrderedDict, defaultdict


_pytree_nodes = {}


def register_pytree_node(cls, flatten_fn, unflatten_fn):
    """PyTorch's `register_pytree_node`: `pytree_flatten` looks into instances of the class, too."""
    _pytree_nodes[cls] = flatten_fn, unflatten_fn


def _tree_children(tree):
    """The children of a container that PyTorch looks into (tuple, list, dict and their kin), and how to build it anew; else None."""
    if type(tree) in _pytree_nodes:
        flatten, unflatten = _pytree_nodes[type(tree)]
        children, context = flatten(tree)
        return list(children), lambda children: unflatten(children, context)
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return list(tree), lambda children: type(tree)(*children)
    if type(tree) in (tuple, list):
        return list(tree), type(tree)
    if type(tree) is defaultdict:
        return list(tree.values()), lambda children: defaultdict(tree.default_factory, zip(tree, children))
    if type(tree) in (dict, OrderedDict):
        return list(tree.values()), lambda children: type(tree)(zip(tree, children))
    return None


def pytree_flatten(tree, is_leaf=None):
    """PyTorch's `tree_flatten`: all leaves in order, and the structure. None is a leaf; a module is one too."""
    parts = None if is_leaf is not None and is_leaf(tree) else _tree_children(tree)
    if parts is None:
        return [tree], None
    children, build = parts
    flat = [pytree_flatten(child, is_leaf) for child in children]
    return [leaf for leaves, _ in flat for leaf in leaves], ([(len(leaves), spec) for leaves, spec in flat], build)


def pytree_unflatten(leaves, treespec):
    """PyTorch's `tree_unflatten`: puts leaves back into the structure that `pytree_flatten` gave."""
    leaves = list(leaves)
    if treespec is None:
        return leaves[0]
    parts, build = treespec
    children, start = [], 0
    for count, spec in parts:
        children.append(pytree_unflatten(leaves[start:start + count], spec))
        start += count
    if start != len(leaves):
        raise ValueError(f"the structure holds {start} leaves, {len(leaves)} are given")
    return build(children)


def pytree_map(func, tree, *rests, is_leaf=None):
    """PyTorch's `tree_map`: the same structure with `func` of every leaf."""
    leaves, spec = pytree_flatten(tree, is_leaf)
    others = [pytree_flatten(rest, is_leaf)[0] for rest in rests]
    return pytree_unflatten([func(*group) for group in zip(leaves, *others)], spec)
