import mlx.core as mx
from mlx.utils import tree_flatten, tree_map_with_path


def value_and_grad(model, fn):
    """`nn.value_and_grad`, except that a parameter which takes no part in the value has no gradient, as in PyTorch.

    MLX gives zeros there, which weight decay and momentum go on to move; here its place in the gradients is empty. A model whose parameters are all frozen has none.
    """

    def value_and_grad_of(*args, **kwargs):
        used = set()

        def with_parameters(parameters, *args, **kwargs):
            model.update(tree_map_with_path(lambda path, array: _noted(array, path, used), parameters))
            return fn(*args, **kwargs)

        parameters = model.trainable_parameters()
        if not tree_flatten(parameters):
            return fn(*args, **kwargs), {}
        value, gradients = mx.value_and_grad(with_parameters)(parameters, *args, **kwargs)
        return value, tree_map_with_path(lambda path, gradient: gradient if path in used else {}, gradients)

    return value_and_grad_of


def _noted(array, path, used):
    """The array itself; `path` is added to `used` when a gradient comes back to it."""
    same = mx.custom_function(lambda array: array)

    def gradient_of(primals, cotangent, output):
        used.add(path)
        return cotangent

    same.vjp(gradient_of)
    return same(array)


def update_used(optimizer, model, gradients):
    """PyTorch's `optimizer.step()`: parameters without a gradient stay as they are, and each parameter counts its own steps."""
    if hasattr(optimizer, "param_groups"):
        return optimizer.update(model, gradients)
    parameters = dict(tree_flatten(model.trainable_parameters()))
    updated = _updated(optimizer, tree_flatten(gradients), parameters)
    model.update(tree_map_with_path(lambda path, array: updated.get(path, array), model.trainable_parameters()))


def _updated(optimizer, gradients, parameters):
    """The new parameters by path, of those that have gradients."""
    updated, done = {}, optimizer.state["step"]
    for path, gradient in gradients:
        own = _state_of(optimizer.state, path)
        if not own:
            own["step"] = mx.array(0, mx.uint64)
            optimizer.init_single(parameters[path], own)
        own.setdefault("step", done)
        optimizer.state["step"] = own["step"] = own["step"] + 1
        updated[path] = optimizer.apply_single(gradient, parameters[path], own)
    return updated


def _state_of(state, path):
    """What an optimizer keeps of a parameter: under its path, or in the tree that `optimizer.init` makes."""
    if path in state:
        return state[path]
    kept = state
    for name in path.split("."):
        if isinstance(kept, list):
            kept = kept[int(name)] if name.isdigit() and int(name) < len(kept) else None
        else:
            kept = kept.get(name) if isinstance(kept, dict) else None
    return state.setdefault(path, {}) if kept is None else kept


def drop_gradient(gradients, path):
    """PyTorch's `p.grad = None` for the parameter at `path`: `update_used` leaves it as it is. Changes the tree."""
    *above, last = path.split(".")
    for name in above:
        gradients = gradients[int(name) if isinstance(gradients, list) else name]
    gradients[int(last) if isinstance(gradients, list) else last] = {}
