"""``torch.func`` and ``torch.autograd.functional``: derivatives of functions."""

import mlx.core as mx

from .module_tree import _arrays, _joined
from .pytree import pytree_flatten, pytree_unflatten


def functional_call(module, parameter_and_buffer_dicts, args=None, kwargs=None, *, tie_weights=True, strict=False):
    """``torch.func.functional_call``: the module's result with other parameters and buffers in the place of its own."""
    dicts = [parameter_and_buffer_dicts] if isinstance(parameter_and_buffer_dicts, dict) else parameter_and_buffer_dicts
    values = {name: value for given in dicts for name, value in given.items()}
    places = {_joined(path, name): (holder, key) for path, name, _, holder, key in _arrays(module)}
    unknown = values.keys() - places.keys()
    if strict and values.keys() != places.keys() or unknown:
        raise KeyError(f"not the names of the module's arrays: {sorted(unknown or places.keys() - values.keys())}")
    kept = [(*places[name], places[name][0][places[name][1]]) for name in values]
    try:
        for name, value in values.items():
            holder, key = places[name]
            holder[key] = value
        args = () if args is None else args if isinstance(args, tuple) else (args,)
        return module(*args, **(kwargs or {}))
    finally:
        for holder, key, value in kept:
            holder[key] = value


def grad_and_value(func, argnums=0, has_aux=False):
    """``torch.func.grad_and_value``: the pair (gradient, value), or (gradient, (value, aux))."""

    def run(*args, **kwargs):
        value, gradient = mx.value_and_grad(func, argnums=argnums)(*args, **kwargs)
        return gradient, tuple(value) if has_aux else value

    return run


def _jacobian_of(func, args, argnum):
    """For each array of the output, the tree of the argument with a Jacobian in the place of each of its arrays."""
    leaves, structure = pytree_flatten(args[argnum])

    def of_leaves(*leaves):
        value = pytree_unflatten(leaves, structure)
        return pytree_flatten(func(*args[:argnum], value, *args[argnum + 1 :]))[0]

    outputs, output_structure = pytree_flatten(func(*args))
    jacobians = []
    for i, output in enumerate(outputs):
        if output.size == 0:
            rows = [mx.zeros(output.shape + leaf.shape, dtype=output.dtype) for leaf in leaves]
        else:
            unit = mx.eye(output.size, dtype=output.dtype).reshape(output.size, *output.shape)
            pulled = [mx.vjp(lambda *leaves: of_leaves(*leaves)[i], leaves, [cotangent])[1] for cotangent in unit]
            rows = [mx.stack(row).reshape(output.shape + leaf.shape) for row, leaf in zip(zip(*pulled), leaves)]
        jacobians.append(pytree_unflatten(rows, structure))
    return pytree_unflatten(jacobians, output_structure)


def jacrev(func, argnums=0, *, has_aux=False, chunk_size=None):
    """``torch.func.jacrev`` and ``jacfwd``: the Jacobian with respect to one argument, or a tuple of them, row by row."""
    if has_aux:
        raise NotImplementedError("jacrev with has_aux")

    def run(*args):
        if isinstance(argnums, tuple):
            return tuple(_jacobian_of(func, args, argnum) for argnum in argnums)
        return _jacobian_of(func, args, argnums % len(args))

    return run


def func_hessian(func, argnums=0):
    """``torch.func.hessian``"""
    return jacrev(jacrev(func, argnums), argnums)


def jacobian(func, inputs, create_graph=False, strict=False, vectorize=False, strategy="reverse-mode"):
    """``torch.autograd.functional.jacobian``: of one input, or a tuple for a tuple of inputs."""
    if isinstance(inputs, (tuple, list)):
        return jacrev(func, tuple(range(len(inputs))))(*inputs)
    return jacrev(func)(inputs)


def functional_hessian(func, inputs, create_graph=False, strict=False, vectorize=False, outer_jacobian_strategy="reverse-mode"):
    """``torch.autograd.functional.hessian``: of one input, or a tuple of tuples for a tuple of inputs."""
    if isinstance(inputs, (tuple, list)):
        places = range(len(inputs))
        return tuple(tuple(jacrev(jacrev(func, i), j)(*inputs) for j in places) for i in places)
    return func_hessian(func)(inputs)


def func_vjp(func, *primals, has_aux=False):
    """``torch.func.vjp``: the output, and the function from its cotangents to the gradients of the inputs."""
    if has_aux:
        raise NotImplementedError("vjp with has_aux")

    def pull_back(*cotangents):
        gradients = mx.vjp(func, list(primals), list(cotangents))[1]
        return tuple(gradients)

    return func(*primals), pull_back


def func_jvp(func, primals, tangents, *, has_aux=False):
    """``torch.func.jvp``: the pair (output, its tangent)."""
    if has_aux:
        raise NotImplementedError("jvp with has_aux")
    outputs, tangents = mx.jvp(func, list(primals), list(tangents))
    return (outputs[0], tangents[0]) if len(outputs) == 1 else (tuple(outputs), tuple(tangents))
