import mlx.core as mx
from mlx.utils import tree_flatten, tree_unflatten


class LBFGS:
    """PyTorch's `optim.LBFGS` without line search.

    `step(closure)` calls `closure()` again and again; it returns (loss, gradients), as `nn.value_and_grad` does.
    """

    def __init__(self, model, lr=1.0, max_iter=20, max_eval=None, tolerance_grad=1e-7, tolerance_change=1e-9,
                 history_size=100, line_search_fn=None):
        if line_search_fn is not None:
            raise NotImplementedError("LBFGS with a line search")
        self.model, self.learning_rate = model, mx.array(lr)
        self.max_iter, self.max_eval = max_iter, max_iter * 5 // 4 if max_eval is None else max_eval
        self.tolerance_grad, self.tolerance_change = tolerance_grad, tolerance_change
        self.history_size = history_size
        self.n_iter = 0
        self.pairs = []  # (change of the gradient, change of the parameters, 1 / their product), oldest first
        self.direction = self.previous = self.size = None
        self.scale = 1.0

    def _evaluate(self, closure):
        loss, gradients = closure()
        flat = mx.concatenate([gradient.reshape(-1) for _, gradient in tree_flatten(gradients)])
        return loss, flat

    def _move(self, step):
        moved, start = [], 0
        for path, parameter in tree_flatten(self.model.trainable_parameters()):
            part = step[start : start + parameter.size].reshape(parameter.shape)
            moved.append((path, parameter + part))
            start += parameter.size
        self.model.update(tree_unflatten(moved))

    def _remember(self, gradient):
        change, step = gradient - self.previous, self.direction * self.size
        product = mx.sum(change * step).item()
        if product > 1e-10:
            self.pairs = [*self.pairs, (change, step, 1 / product)][-self.history_size :]
            self.scale = product / mx.sum(mx.square(change)).item()

    def _newton_direction(self, gradient):
        """The gradient times the inverse Hessian that the history tells, by the two loops."""
        direction, weights = -gradient, []
        for change, step, inverse in reversed(self.pairs):
            weights.append(mx.sum(step * direction) * inverse)
            direction = direction - weights[-1] * change
        direction = direction * self.scale
        for (change, step, inverse), weight in zip(self.pairs, reversed(weights)):
            direction = direction + step * (weight - mx.sum(change * direction) * inverse)
        return direction

    def step(self, closure):
        first_loss, gradient = self._evaluate(closure)
        loss, evaluations, lr = first_loss.item(), 1, self.learning_rate.item()
        if mx.max(mx.abs(gradient)).item() <= self.tolerance_grad:
            return first_loss
        for iteration in range(1, self.max_iter + 1):
            self.n_iter += 1
            if self.n_iter == 1:
                self.direction = -gradient
                self.size = min(1.0, 1 / mx.sum(mx.abs(gradient)).item()) * lr
            else:
                self._remember(gradient)
                self.direction, self.size = self._newton_direction(gradient), lr
            self.previous, previous_loss = gradient, loss
            slope = mx.sum(gradient * self.direction).item()
            if slope > -self.tolerance_change:
                break
            self._move(self.size * self.direction)
            if iteration == self.max_iter:
                break
            array, gradient = self._evaluate(closure)
            loss, evaluations = array.item(), evaluations + 1
            small_step = mx.max(mx.abs(self.direction * self.size)).item() <= self.tolerance_change
            flat = mx.max(mx.abs(gradient)).item() <= self.tolerance_grad
            if evaluations >= self.max_eval or flat or small_step or abs(loss - previous_loss) < self.tolerance_change:
                break
        return first_loss
