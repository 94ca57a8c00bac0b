from mlx.utils import tree_flatten, tree_map_with_path


class ParamGroups:
    """PyTorch's parameter groups: one optimizer for each group, `groups` is a list of (predicate, optimizer).

    `predicate(path, array)` sees the path in the MLX tree; the first that holds takes the parameter, and a parameter
    that none takes is not updated. `optim.MultiOptimizer` fails where a list ends in layers of one group only.
    """

    def __init__(self, groups):
        self.groups = list(groups)

    @property
    def optimizers(self):
        return [optimizer for _, optimizer in self.groups]

    @property
    def state(self):
        return [optimizer.state for optimizer in self.optimizers]

    @state.setter
    def state(self, states):
        for optimizer, state in zip(self.optimizers, states):
            optimizer.state = state

    @property
    def learning_rate(self):
        return self.optimizers[0].learning_rate

    @learning_rate.setter
    def learning_rate(self, value):
        for optimizer in self.optimizers:
            optimizer.learning_rate = value

    def init(self, parameters):
        for optimizer, own in self._split(tree_flatten(parameters), dict(tree_flatten(parameters))):
            optimizer.init(own)

    def update(self, model, gradients):
        model.update(self.apply_gradients(gradients, model.parameters()))

    def apply_gradients(self, gradients, parameters):
        flat = dict(tree_flatten(parameters))
        updated = {}
        for optimizer, own in self._split(tree_flatten(gradients), flat):
            # Flat, so that the state of an optimizer has no place for parameters of other groups.
            updated.update(optimizer.apply_gradients(own, {path: flat[path] for path in own}))
        return tree_map_with_path(lambda path, _: updated.get(path, flat[path]), gradients)

    def _split(self, items, parameters):
        for predicate, optimizer in self.groups:
            own = {path: value for path, value in items if predicate(path, parameters[path])}
            items = [(path, value) for path, value in items if path not in own]
            if own:
                yield optimizer, own
