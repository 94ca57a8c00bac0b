import mlx.core as mx
import numpy as np
from mlx.utils import tree_flatten, tree_map, tree_unflatten


class LBFGS:
    """PyTorch's `optim.LBFGS`.

    `step(model, closure)` calls `closure()` again and again; it returns (loss, gradients), as `nn.value_and_grad` does.
    """

    def __init__(self, lr=1.0, max_iter=20, max_eval=None, tolerance_grad=1e-7, tolerance_change=1e-9, history_size=100,
                 line_search_fn=None):
        if line_search_fn not in (None, "strong_wolfe"):
            raise RuntimeError("only 'strong_wolfe' is supported")
        self.learning_rate = mx.array(lr)
        self.max_iter, self.max_eval = max_iter, max_iter * 5 // 4 if max_eval is None else max_eval
        self.tolerance_grad, self.tolerance_change = tolerance_grad, tolerance_change
        self.history_size, self.line_search_fn = history_size, line_search_fn
        self.n_iter = 0
        self.pairs = []  # (change of the gradient, change of the parameters, 1 / their product), oldest first
        self.direction = self.previous = self.size = None
        self.scale = 1.0

    def _remember(self, gradient):
        change, step = gradient - self.previous, self.direction * float(self.size)
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

    def step(self, model, closure):
        first_loss, gradient = _flat(model, closure)
        loss, evaluations, lr = first_loss.item(), 1, self.learning_rate.item()
        if mx.max(mx.abs(gradient)).item() <= self.tolerance_grad:
            return first_loss
        for iteration in range(1, self.max_iter + 1):
            self.n_iter += 1
            if self.n_iter == 1:
                self.direction = -gradient
                self.size = min(1.0, 1 / _number(mx.sum(mx.abs(gradient)))) * lr
            else:
                self._remember(gradient)
                self.direction, self.size = self._newton_direction(gradient), lr
            self.previous, previous_loss = gradient, loss
            slope = _number(mx.sum(gradient * self.direction))
            if slope > -self.tolerance_change:
                break
            start = tree_map(mx.array, model.trainable_parameters())
            if self.line_search_fn is not None:
                search = _LineSearch(model, closure, start, self.direction, self.tolerance_change, self.max_eval - evaluations)
                self.size, loss, gradient = search.find((0.0, loss, gradient, slope), self.size)
                evaluations += search.evaluations
                _move(model, start, float(self.size) * self.direction)
            else:
                _move(model, start, float(self.size) * self.direction)
                if iteration < self.max_iter:
                    array, gradient = _flat(model, closure)
                    loss, evaluations = array.item(), evaluations + 1
            small_step = mx.max(mx.abs(self.direction * float(self.size))).item() <= self.tolerance_change
            flat = mx.max(mx.abs(gradient)).item() <= self.tolerance_grad
            if evaluations >= self.max_eval or flat or small_step or abs(loss - previous_loss) < self.tolerance_change:
                break
        mx.eval(model.parameters())
        return first_loss


def _flat(model, closure):
    """The loss, and the gradients as one vector; zeros where a parameter has none."""
    loss, gradients = closure()
    gradients = dict(tree_flatten(gradients))
    parts = [gradients.get(path, mx.zeros_like(array)).reshape(-1) for path, array in tree_flatten(model.trainable_parameters())]
    return loss, mx.concatenate(parts)


def _number(array):
    """Step sizes are chosen in float32, as PyTorch does: rounding decides where the loss is almost a line."""
    return np.float32(array.item())


def _move(model, start, step):
    moved, at = [], 0
    for path, parameter in tree_flatten(start):
        moved.append((path, parameter + step[at : at + parameter.size].reshape(parameter.shape)))
        at += parameter.size
    model.update(tree_unflatten(moved))


class _LineSearch:
    """A step size along a direction with the strong Wolfe conditions. A point is (size, loss, gradient, slope)."""

    decrease, curvature = 1e-4, 0.9

    def __init__(self, model, closure, start, direction, tolerance, limit):
        self.model, self.closure, self.start, self.direction, self.tolerance = model, closure, start, direction, tolerance
        self.limit, self.evaluations = limit, 0

    def _at(self, size):
        _move(self.model, self.start, float(size) * self.direction)
        loss, gradient = _flat(self.model, self.closure)
        self.evaluations += 1
        return size, loss.item(), gradient, _number(mx.sum(gradient * self.direction))

    def _is_high(self, origin, point):
        return point[1] > origin[1] + self.decrease * point[0] * origin[3]

    def _is_flat(self, origin, point):
        return abs(point[3]) <= -self.curvature * origin[3]

    def find(self, origin, size):
        points = self._bracket(origin, size)
        if len(points) > 1 and self.evaluations <= self.limit:
            points = self._zoom(origin, points)
        return min(points, key=lambda point: point[1])[:3]

    def _bracket(self, origin, size):
        """Two points with a minimum between them, or one that is good."""
        before, point = origin, self._at(size)
        for turn in range(self.limit):
            if self._is_high(origin, point) or turn > 1 and point[1] >= before[1]:
                return [before, point]
            if self._is_flat(origin, point):
                return [point]
            if point[3] >= 0:
                return [before, point]
            low, high = point[0] + 0.01 * (point[0] - before[0]), point[0] * 10
            size = _lowest_between(before, point, low, high)
            before, point = point, self._at(size)
        return [origin, point]

    def _zoom(self, origin, points):
        """Narrows the bracket; it stays in the order of its ends, whichever of them is lower."""
        low, stalls = (0 if points[0][1] <= points[1][1] else 1), False
        length = mx.max(mx.abs(self.direction)).item()
        while self.evaluations <= self.limit:
            left, right = sorted(point[0] for point in points)
            if (right - left) * length < self.tolerance:
                break
            size, margin = _lowest_between(*points, left, right), 0.1 * (right - left)
            if min(right - size, size - left) >= margin:
                stalls = False
            elif stalls or size >= right or size <= left:
                size = right - margin if abs(size - right) < abs(size - left) else left + margin
                stalls = False
            else:
                stalls = True
            point = self._at(size)
            if self._is_high(origin, point) or point[1] >= points[low][1]:
                points[1 - low] = point
                low = 0 if points[0][1] <= points[1][1] else 1
                continue
            is_good = self._is_flat(origin, point)
            if not is_good and point[3] * (points[1 - low][0] - points[low][0]) >= 0:
                points[1 - low] = points[low]
            points[low] = point
            if is_good:
                break
        return [points[low]]


def _lowest_between(a, b, low, high):
    """Where the cubic through two points with their slopes has its minimum, within bounds."""
    (a, b) = (a, b) if a[0] <= b[0] else (b, a)
    mean = a[3] + b[3] - 3 * (a[1] - b[1]) / (a[0] - b[0])
    square = mean**2 - a[3] * b[3]
    if square < 0:
        return (low + high) / 2
    root = np.sqrt(square)
    lowest = b[0] - (b[0] - a[0]) * ((b[3] + root - mean) / (b[3] - a[3] + 2 * root))
    return min(max(lowest, low), high)
